import { configDefaults, defineConfig } from 'vitest/config';

/** Sources, not builds, so that coverage is true and no test runs old code; what starts a server builds first. */
const conditions = ['af-source', 'module', 'node', 'development|production'];

/** As in test/harness/databases.ts. */
const isOneEnough = process.env['AGENTFLOW_TEST_ONE_DATABASE'] === '1';

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // Where the embedded database is enough, what the other is asked alone was shown by another run.
    exclude: [...configDefaults.exclude, ...(isOneEnough ? ['packages/stores/src/postgres/**'] : [])],
    setupFiles: ['test/harness/leaks/set-up.ts'],
    // No test waits for it that goes well; on a busy machine a server or a command takes its time to start.
    testTimeout: 60_000,
    // Most of them wait for a server that they have started: a core is busy with more than one file.
    maxWorkers: '150%',
    hookTimeout: 120_000,
    // What must be there within a time says so itself. Anything else a busy machine may take its time for; a second would be little.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', './test/reporter.ts'],
    // What an identity provider says to those who would run it for real.
    onConsoleLog: (text) => !text.includes('oidc-provider '),
    coverage: { include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts', '**/index.ts'] },
  },
});

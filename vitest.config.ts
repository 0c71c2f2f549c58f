import { defineConfig } from 'vitest/config';

/** Sources, not builds, so that coverage is true and no test runs old code; what starts a server builds first. */
const conditions = ['af-source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    // Most of them wait for a server that they have started: a core is busy with more than one file.
    maxWorkers: '150%',
    hookTimeout: 60_000,
    reporters: ['default', './test/reporter.ts'],
    coverage: { include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts', '**/index.ts'] },
  },
});

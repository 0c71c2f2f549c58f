import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject, root } from '../harness/project.js';

/* The last lines of a run: nothing that fails it is left out of them. */

const tests = `import { afterAll, beforeAll, describe, test } from 'vitest';
test('good', () => undefined);
test.skip('not now', () => undefined);
test('bad', () => { throw new Error('as it was told'); });
describe('begins badly', () => { beforeAll(() => { throw new Error('not begun'); }); test('never', () => undefined); });
describe('ends badly', () => { afterAll(() => { throw new Error('not ended'); }); test('fine', () => undefined); });
describe('is empty', () => undefined);
`;

/** Runs the files with the reporter; returns how it ended, the last line, and those before it. */
function run(files: Readonly<Record<string, string>>, options: object = {}) {
  const project = createProject(files);
  const reporter = [join(root, 'test/reporter.ts'), { searches: join(project.directory, 'searches.txt'), ...options }];
  project.write('vitest.config.mjs', `export default { test: { reporters: [${JSON.stringify(reporter)}] } };`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--root', project.directory], {
    encoding: 'utf8',
  });
  project.remove();
  const lines = stdout.trimEnd().split('\n');
  return { status, last: lines.pop(), failures: lines.toSorted() };
}

test('a test, a block and a file that fail are each counted and named', { timeout: 60_000 }, () => {
  const { status, last, failures } = run({
    'one.test.js': tests,
    'two.test.js': "throw new Error('not even loaded');",
  });
  expect([status, last]).toEqual([1, '2 passed, 5 failed, 2 skipped']);
  expect(failures).toEqual([
    'failed: one.test.js > bad: as it was told',
    'failed: one.test.js > begins badly: not begun',
    'failed: one.test.js > ends badly: not ended',
    'failed: one.test.js > is empty: No test found in suite is empty',
    'failed: two.test.js: not even loaded',
  ]);
});

test('a file that stands still ends the run, is named, and is killed', { timeout: 120_000 }, () => {
  const still = `import { test } from 'vitest';
    test('stands still', () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const good = `import { test } from 'vitest'; test('good', () => undefined);`;
  const { status, last, failures } = run(
    { 'good.test.js': good, 'still.test.js': still },
    { patienceMilliseconds: 20_000 },
  );
  expect(status).toBe(1);
  expect(last).toBe('1 passed, 1 failed, 1 skipped');
  expect(failures.filter((line) => line.startsWith('failed'))).toEqual([
    'failed: still.test.js: no test of it has ended for 20 s: its process was killed',
  ]);
});

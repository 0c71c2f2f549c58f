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

test('a test, a block and a file that fail are each counted and named', { timeout: 60_000 }, () => {
  const project = createProject({ 'one.test.js': tests, 'two.test.js': "throw new Error('not even loaded');" });
  const reporter = [join(root, 'test/reporter.ts'), { searches: join(project.directory, 'searches.txt') }];
  project.write('vitest.config.mjs', `export default { test: { reporters: [${JSON.stringify(reporter)}] } };`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--root', project.directory], {
    encoding: 'utf8',
  });
  project.remove();
  const lines = stdout.trimEnd().split('\n');
  expect([status, lines.pop()]).toEqual([1, '2 passed, 5 failed, 2 skipped']);
  expect(lines.toSorted()).toEqual([
    'failed: one.test.js > bad: as it was told',
    'failed: one.test.js > begins badly: not begun',
    'failed: one.test.js > ends badly: not ended',
    'failed: one.test.js > is empty: No test found in suite is empty',
    'failed: two.test.js: not even loaded',
  ]);
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, type Project, root } from '../harness/project.js';

/* The example of the README, as a plugin author runs it: with the built package and Node's own runner. */

const readme = readFileSync(join(root, 'packages/agentflow/src/testing/README.md'), 'utf8');
const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';

const plugins = (comparison: string) => `import { AuthorizationBackend, BaseAuth } from 'agentflow';

export class Keys extends BaseAuth {
  constructor(keys) {
    super();
    this.keys = keys.map((one) => one.split(':'));
  }

  async authenticate({ headers }) {
    const key = headers.get('X-API-Key');
    if (!key) return null;
    const found = this.keys.find(([, known]) => ${comparison});
    return found ? { user_id: found[0], role: 'user' } : null;
  }
}

export class ByDepartment extends AuthorizationBackend {
  authorize({ roles }, resource, action) {
    return roles.includes('user') && resource === 'graph' && action === 'invoke';
  }
}
`;

let project: Project;

beforeAll(() => {
  project = createProject({
    'auth.test.mjs': example,
    'auth.mjs': plugins('known === key'),
    'careless/auth.test.mjs': example,
    'careless/auth.mjs': plugins('key.startsWith(known)'),
  });
  mkdirSync(join(project.directory, 'node_modules'));
  symlinkSync(join(root, 'packages/agentflow'), join(project.directory, 'node_modules/agentflow'), 'junction');
});

afterAll(() => project.remove());

function runTests(file: string) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', file];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: project.directory, encoding: 'utf8', env });
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1]);
  return { status, passed: count('pass'), failed: count('fail'), stdout };
}

test('it is as short as it says', () => {
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(22);
});

test('it passes with the plugin that it is about', () => {
  const { status, passed, failed, stdout } = runTests('auth.test.mjs');
  expect([status, failed], stdout).toEqual([0, 0]);
  expect(passed).toBeGreaterThan(25);
});

test('it fails with a careless one, and tells why', () => {
  const { status, failed, stdout } = runTests('careless/auth.test.mjs');
  expect([status, failed]).toEqual([1, 3]);
  expect(stdout).toContain('the credential with one letter more must be rejected or not-applicable');
  expect(stdout).not.toContain('key-of-alice-0123');
});

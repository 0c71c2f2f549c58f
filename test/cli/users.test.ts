import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { changesMadeHere } from '../harness/audit-rows.js';
import { createPassword, signIn, statusOf, tryRefresh, trySignIn } from '../harness/people.js';
import { createProject, echoGraph, type Project, root } from '../harness/project.js';

/* Users by the command line, beside a server that runs on the same database. */

const program = join(root, 'packages/agentflow/bin/agentflow.js');
const configuration = { agent: echoGraph, auth: 'login', trusted_proxies: ['127.0.0.1'] };

/** Types something into a command's standard input. */
async function run(directory: string, args: readonly string[], input?: string) {
  const child = spawn(process.execPath, [program, ...args], { cwd: directory, env: { ...process.env, NO_COLOR: '1' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stdin.end(input ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test('a role that the file does not name is told, and kept', { timeout: 60_000 }, async () => {
  const roles = { cook: ['graph:*'], guest: ['graph:read'] };
  const authorization = { method: 'roles', roles, inherits: { chief: ['cook'] }, administrator_role: 'admin' };
  const project = createProject({ 'agentflow.json': { ...configuration, authorization } });
  const users = (args: readonly string[]) => run(project.directory, ['users', ...args]);
  const added = await users(['add', 'alice', '--role', 'cok', '--role', 'guest', '--no-password']);
  expect(added.code).toBe(0);
  expect(added.output).toContain('roles [cok, guest]\n');
  expect(added.output).toContain('! "authorization" has no role "cok". It has: cook, guest, chief, admin\n');
  const changed = await users(['roles', 'alice', '--role', 'cook', '--role', 'chief', '--role', 'admin']);
  expect([changed.code, changed.output]).toEqual([
    0,
    expect.stringMatching(/^alice .*roles \[cook, chief, admin\]\n$/),
  ]);
  expect((await users(['roles', 'alice', '--role', 'Cook'])).output).toContain('has no role "Cook"');
  project.remove();
});

describe('beside a server', () => {
  let project: Project;
  let server: RunningAgentflow;
  const users = (args: readonly string[], input?: string) => run(project.directory, ['users', ...args], input);

  beforeAll(async () => {
    project = createProject({ 'agentflow.json': configuration });
    server = await startAgentflow({ directory: project.directory });
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    project.remove();
  });

  test('a user comes, changes and goes', async () => {
    expect(server.output()).toContain('agentflow users add NAME --role admin');
    const alice = { username: 'alice', password: createPassword() };
    const added = await users(
      ['add', 'alice', '--role', 'user', '--role', 'writer', '--password-stdin'],
      alice.password,
    );
    expect([added.code, added.output]).toEqual([
      0,
      expect.stringMatching(/^made alice {2}usr_\w{20} {2}roles \[user, writer\]\n$/),
    ]);
    const session = await signIn(server.url, alice);
    expect(await statusOf(server.url, session.token)).toBe(200);

    const password = createPassword();
    expect((await users(['passwd', 'alice', '--password-stdin'], `${password}\n`)).code).toBe(0);
    await expect.poll(() => statusOf(server.url, session.token)).toBe(401);
    expect((await tryRefresh(server.url, session.refreshToken)).status).toBe(401);
    expect((await trySignIn(server.url, alice)).status).toBe(401);
    const next = await signIn(server.url, { ...alice, password });

    expect((await users(['roles', 'alice', '--role', 'chief'])).output).toContain('roles [chief]');
    await expect.poll(() => statusOf(server.url, next.token)).toBe(401);
    const refreshed = await tryRefresh(server.url, next.refreshToken);
    expect(refreshed.body.user.roles).toEqual(['chief']);

    // Whoever only looks, or has not said it twice, takes nothing away.
    for (const args of [
      ['roles', 'alice'],
      ['roles', 'alice', '--none', '--role', 'user'],
      ['remove', 'alice'],
    ]) {
      const { code, output } = await users(args);
      expect([code, output]).toEqual([1, expect.stringMatching(/say which: --role NAME|threads.* add --yes/)]);
    }

    expect((await users(['disable', 'alice'])).output).toContain('disabled since');
    await expect.poll(() => statusOf(server.url, refreshed.body.token)).toBe(401);
    expect((await trySignIn(server.url, { ...alice, password })).status).toBe(401);
    expect((await users(['enable', 'alice'])).code).toBe(0);
    const last = await signIn(server.url, { ...alice, password });

    const list = await users(['list', '--json']);
    expect(JSON.parse(list.output)).toMatchObject([{ username: 'alice', roles: ['chief'], disabled: false }]);
    expect(JSON.parse(list.output)[0]).toMatchObject({
      updatedAt: expect.any(String),
      lastSignInAt: expect.any(String),
    });
    expect((await users(['roles', 'alice', '--none'])).output).toContain('roles []');
    expect(list.output).not.toContain('argon2');
    expect((await users(['remove', 'alice', '--yes'])).code).toBe(0);
    await expect.poll(() => statusOf(server.url, last.token)).toBe(401);
    expect((await users(['list'])).output).toBe('no users\n');
    const { id: user } = JSON.parse(list.output)[0];
    expect(changesMadeHere(project.directory)).toEqual([
      ['user-created', { user, roles: ['user', 'writer'], disabled: false }],
      ['password-changed', { user }],
      ['user-changed', { user, roles: ['chief'], disabled: false }],
      ['user-changed', { user, roles: ['chief'], disabled: true }],
      ['user-changed', { user, roles: ['chief'], disabled: false }],
      ['user-changed', { user, roles: [], disabled: false }],
      ['user-deleted', { user }],
    ]);
  }, 180_000);

  test.each([
    ['a weak password', ['add', 'bob', '--password-stdin'], '12345678', 'the password is one of the most'],
    ['no password', ['add', 'bob', '--password-stdin'], '', 'the password must have at least 8'],
    [
      'the name as a password',
      ['add', 'bob-the-builder', '--password-stdin'],
      'bob-the-builder',
      'the password must not',
    ],
    ['several roles in one text', ['add', 'bob', '--no-password', '--role', 'a b,c'], '', 'without spaces and commas'],
    ['no terminal to ask on', ['add', 'bob'], '', '--password-stdin'],
    ['a password as an argument', ['add', 'bob', '--password', 'abc'], '', 'unknown option'],
    ['a name that cannot be', ['add', 'b:b', '--no-password'], '', 'no spaces, colons'],
    ['no tenant', ['add', 'bob', '--no-password', '--tenant', ''], '', 'the tenant must be 1 to 255 characters'],
    ['somebody who is not there', ['disable', 'nobody'], '', 'there is no user "nobody"'],
  ])('%s is refused', async (_what, args, input, said) => {
    const { code, output } = await users(args, input);
    expect([code !== 0, output]).toEqual([true, expect.stringContaining(said)]);
  });

  test('a name that is taken is named', async () => {
    expect((await users(['add', 'carol', '--no-password'])).code).toBe(0);
    const again = await users(['add', 'Carol', '--no-password']);
    expect([again.code, again.output]).toEqual([1, 'agentflow: the username "Carol" is taken\n']);
    expect((await users(['remove', 'carol', '--yes'])).code).toBe(0);
  });
});

test('without "login" there are no users to speak of', async () => {
  const project = createProject({ 'agentflow.json': { agent: echoGraph, auth: 'jwt' } });
  const { code, output } = await runAgentflow(['users', 'list'], { directory: project.directory });
  expect([code, output]).toEqual([2, expect.stringMatching(/Set "auth": "login".*Nothing is changed/s)]);
  project.remove();
});

describe('the first administrator of a container', () => {
  const password = createPassword();
  const environment = { AGENTFLOW_ADMIN_USERNAME: 'boss', AGENTFLOW_ADMIN_PASSWORD_FILE: 'password' };
  const start = (project: Project, env: Readonly<Record<string, string>>) =>
    startAgentflow({ directory: project.directory, env });

  test('is made from the environment where there is no user, and never again', async () => {
    const project = createProject({ 'agentflow.json': configuration, password: `${password}\n` });
    const first = await start(project, environment);
    const { token } = await signIn(first.url, { username: 'boss', password });
    expect(await statusOf(first.url, token)).toBe(200);
    expect(first.output()).not.toContain(password);
    expect(await first.stop()).toBe(0);
    // Another password in the environment changes nobody's.
    const second = await start(project, {
      AGENTFLOW_ADMIN_USERNAME: 'other',
      AGENTFLOW_ADMIN_PASSWORD: createPassword(),
    });
    expect((await trySignIn(second.url, { username: 'boss', password })).status).toBe(200);
    expect((await run(project.directory, ['users', 'list'])).output).toMatch(/^boss .*\n$/);
    expect(await second.stop()).toBe(0);
    project.remove();
  }, 180_000);

  test.each([
    ['a weak password', { AGENTFLOW_ADMIN_USERNAME: 'boss', AGENTFLOW_ADMIN_PASSWORD: 'password1' }, 'most common'],
    ['no password', { AGENTFLOW_ADMIN_USERNAME: 'boss' }, 'neither AGENTFLOW_ADMIN_PASSWORD nor'],
    [
      'a password of nobody',
      { AGENTFLOW_ADMIN_USER: 'boss', AGENTFLOW_ADMIN_PASSWORD: 'password1' },
      'AGENTFLOW_ADMIN_PASSWORD is set, and AGENTFLOW_ADMIN_USERNAME is not',
    ],
    [
      'a file of a password of nobody',
      { AGENTFLOW_ADMIN_PASSWORD_FILE: 'password' },
      'AGENTFLOW_ADMIN_PASSWORD_FILE is set, and AGENTFLOW_ADMIN_USERNAME is not',
    ],
  ])('is refused with %s, and nothing is served', async (_what, env, said) => {
    const project = createProject({ 'agentflow.json': configuration });
    const { code, output } = await runAgentflow(['api', '--port', '0'], { directory: project.directory, env });
    expect([code, output]).toEqual([2, expect.stringContaining(said)]);
    expect(output).not.toContain('password1');
    project.remove();
  });
});

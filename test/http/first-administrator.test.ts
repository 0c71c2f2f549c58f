import { expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { administrator, administratorEnvironment, signIn } from '../harness/people.js';
import { createProject, createSecret, exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';

/* Whether the first administrator is one is the policy's to say: where they are not, the start and `check` say so. */

const files = {
  'without.csv': 'p, user, graph, *\n',
  'with.csv': 'p, admin, user, *\n',
  'reads.csv': 'p, admin, user, read\n',
  'plugin.mjs': 'export class Nobody { authorize() { return false; } }',
};
const roles = (names: object) => ({ method: 'roles', roles: { editor: ['graph:*'], ...names } });
const login = { auth: 'login' };
const mixed = { auth: ['login', 'jwt'] };
const owned = { method: 'ownership', administrator_role: 'admin' };

test.concurrent.each<[string, object, number, readonly RegExp[]]>([
  ['no authorization', login, 200, []],
  ['none beside tokens of others', mixed, 403, [/"ownership" does not give it user:read, user:write, user:delete\./]],
  ['ownership', { ...login, authorization: 'ownership' }, 403, [/"administrator_role": "admin"\}: whoever else/]],
  ['ownership with the role', { ...login, authorization: owned }, 200, []],
  [
    'ownership with the role, and roles without',
    { ...login, authorization: [owned, roles({})] },
    403,
    [/"roles" does/],
  ],
  ['roles without', { ...login, authorization: roles({}) }, 403, [/Give it "user:\*" in "roles", or name a role/]],
  ['roles with it', { ...login, authorization: roles({ admin: ['user:*'] }) }, 200, []],
  [
    'the role that has it, as that of the login',
    {
      auth: { method: 'login', administrator_role: 'chief' },
      authorization: roles({ chief: ['user:*'], admin: ['graph:*'] }),
    },
    ...([200, []] as const),
  ],
  [
    'a policy without',
    { ...login, authorization: { method: 'casbin', policy: 'without.csv' } },
    403,
    [/"p, admin, user, \*"/],
  ],
  ['a policy with it', { ...login, authorization: { method: 'casbin', policy: 'with.csv' } }, 200, []],
  [
    'a policy with a part of it',
    { ...login, authorization: { method: 'casbin', policy: 'reads.csv' } },
    ...([200, [/"casbin" does not give it user:write, user:delete\./]] as const),
  ],
  // It is asked nothing before there is a request.
  ['a plugin', { ...login, authorization: 'plugin.mjs:Nobody' }, 403, []],
])('%s', { timeout: 60_000 }, async (_what, configuration, status, told) => {
  const project = createProject({ 'agentflow.json': { agent: exampleGraph, ...configuration }, ...files });
  const env = { JWT_SECRET_KEY: createSecret() };
  const checked = await runAgentflow(['check'], { directory: project.directory, env });
  const server = await startAgentflow({ directory: project.directory, env: { ...env, ...administratorEnvironment } });
  const { token } = await signIn(server.url, administrator);
  const { status: listed } = await send(`${server.url}/v1/users`, { token });
  expect([await server.stop(), checked.code]).toEqual([0, 0]);
  project.remove();
  expect(listed).toBe(status);
  for (const output of [checked.output, server.output()]) {
    const said = output.match(/the first administrator has the role/g) ?? [];
    expect(said).toHaveLength(told.length);
    for (const part of told) expect(output.replaceAll('\\"', '"')).toMatch(part);
  }
});

test.concurrent('of a policy in the database only the start knows, and it advises no role that would give nothing', async () => {
  const authorization = { method: 'casbin', policy: 'database', seed: 'without.csv' };
  const project = createProject({ 'agentflow.json': { agent: exampleGraph, ...login, authorization }, ...files });
  const checked = await runAgentflow(['check'], { directory: project.directory });
  expect(checked.output).not.toContain('the first administrator');
  const server = await startAgentflow({ directory: project.directory });
  expect(await server.stop()).toBe(0);
  project.remove();
  expect(server.output()).toMatch(/the first administrator has the role \W+admin/);
  expect(server.output()).toContain('agentflow users add NAME --role ROLE');
});

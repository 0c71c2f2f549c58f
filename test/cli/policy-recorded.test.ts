import { expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/* What a server has decided, asked again of a candidate. Its log has no roles: only what does not depend on them is told. */

const secret = createSecret();
const env = { JWT_SECRET_KEY: secret };
const policy = `p, admin, *, *
p, user, run, read
p, user:alice, graph, *
`;
const candidate = `p, admin, *, *
p, *, run, read
p, user:alice, graph, *
p, *, graph, read, deny
`;
const tokenOf = (sub: string, ...roles: string[]) => signToken({ sub, roles, exp: inSeconds(600) }, secret);

test('who would have gained and lost, of what was asked', { timeout: 60_000 }, async () => {
  const project = createProject({
    'agentflow.json': { agent: exampleGraph, auth: 'jwt', authorization: { method: 'casbin', policy: 'policy.csv' } },
    'policy.csv': policy,
    'candidate.csv': candidate,
  });
  const at = { directory: project.directory, env };
  const server = await startAgentflow(at);
  const ask = async (path: string, token?: string) =>
    (await send(`${server.url}${path}`, token === undefined ? {} : { token })).status;
  const statuses = [
    await ask('/v1/graph', tokenOf('alice')),
    await ask('/v1/graph', tokenOf('alice')),
    await ask('/v1/runs', tokenOf('bob')),
    await ask('/v1/runs', tokenOf('bob', 'user')),
    await ask('/v1/threads', tokenOf('carol', 'admin')),
    await ask('/v1/threads', tokenOf('carol')),
    await ask('/v1/auth/me', tokenOf('bob')),
    await ask('/v1/runs'),
  ];
  expect(await server.stop()).toBe(0);
  expect(statuses).toEqual([200, 200, 403, 200, 200, 403, 200, 401]);
  project.write('server.log', `no JSON\n${server.output()}`);

  const diff = (...args: readonly string[]) =>
    runAgentflow(['policy', 'diff', 'candidate.csv', '--recorded', 'server.log', ...args], at);
  const { code, output } = await diff();
  expect(code).toBe(1);
  expect(output).toContain(`recorded in the last 7 days: 6 decisions by this policy, 4 of them replayed
  loses  user:alice: graph:read, asked 2 times
  gains  user:bob: run:read, asked once
  1 would be allowed that were denied, 2 denied that were allowed
  2 depend on roles of the credential, which are not recorded
`);
  const { recorded } = JSON.parse((await diff('--json', '--days', '1')).output);
  expect(recorded).toMatchObject({ decisions: 6, replayed: 4, by_roles: 2, by_claims: 0, gained: 1, lost: 2 });

  const old = server.output().replace(/"time":"\d{4}/g, '"time":"2001');
  project.write('server.log', old);
  expect((await diff()).output).toContain('recorded in the last 7 days: 0 decisions by this policy');

  expect(await diff('--days', '0')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--days takes a number'),
  });
  const gone = await runAgentflow(['policy', 'diff', 'candidate.csv', '--recorded', 'no.log'], at);
  expect(gone).toMatchObject({ code: 2, output: expect.stringContaining('no.log cannot be read (ENOENT)') });
  project.remove();
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { openEmbedded } from '../harness/embedded-database.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/* What a server has decided, asked again of a policy and a candidate: by its database, or by its log. */

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
const configuration = { agent: exampleGraph, auth: 'jwt', authorization: { method: 'casbin', policy: 'policy.csv' } };
const files = { 'policy.csv': policy, 'candidate.csv': candidate };
const tokenOf = (sub: string, ...roles: string[]) => signToken({ sub, roles, exp: inSeconds(600) }, secret);

/** Serves a project once, and asks; with the log. */
async function serveOnce({ directory }: Project, args: readonly string[] = ['api']): Promise<string> {
  const server = await startAgentflow({ directory, env, args });
  const ask = async (path: string, token?: string) =>
    (await send(`${server.url}${path}`, token === undefined ? {} : { token })).status;
  const statuses = [
    await ask('/v1/graph', tokenOf('alice')),
    await ask('/v1/graph', tokenOf('alice')),
    await ask('/v1/runs', tokenOf('bob')),
    await ask('/v1/runs', tokenOf('bob', 'user')),
    await ask('/v1/graph', tokenOf('carol', 'admin', 'user')),
    await ask('/v1/graph', tokenOf('carol')),
    await ask('/v1/auth/me', tokenOf('bob')),
    await ask('/v1/runs'),
  ];
  expect(await server.stop()).toBe(0);
  expect(statuses).toEqual([200, 200, 403, 200, 200, 403, 200, 401]);
  return server.output();
}

const diffIn =
  ({ directory }: Project) =>
  (...args: readonly string[]) =>
    runAgentflow(['policy', 'diff', ...args], { directory, env });

const changes = `  loses  user:alice: graph:read, asked 2 times
         now   policy.csv:3 allows it
         then  candidate.csv:4 denies it
  gains  user:bob: run:read of all there are, asked once
         now   no rule of the policy allows it
         then  candidate.csv:2 allows it
  loses  user:carol with the roles admin, user: graph:read, asked once
         now   policy.csv:1 allows it
         then  candidate.csv:4 denies it
  1 would have gained by it, 3 would have lost
`;
const replayed = `6 decisions by this policy, 6 of them replayed
${changes}`;
const others = '  not counted, because scopes, another backend or a route for everybody decided: 1\n';

describeOnDatabases((createDatabase) => {
  test('the database says who would have gained and lost', { timeout: 120_000 }, async () => {
    const database = await createDatabase();
    const where = database.configuration;
    const project = createProject({
      'agentflow.json': { ...configuration, ...(where && { database: where }) },
      ...files,
    });
    const diff = diffIn(project);
    const nothing = await diff('candidate.csv', '--days', '7');
    expect(nothing.code).toBe(2);
    expect(nothing.output).toContain(where ? 'holds nothing of agentflow' : 'there is no database');
    expect(nothing.output).toContain('Nothing is answered');
    expect(existsSync(join(project.directory, '.agentflow'))).toBe(false);

    const log = await serveOnce(project);
    const place = where
      ? `${new URL(where.url).host}/${new URL(where.url).pathname.slice(1)}`
      : '.agentflow/agentflow.db';
    const { code, output } = await diff('candidate.csv', '--days', '7');
    expect(code).toBe(1);
    expect(output).toContain(`\nrecorded in the last 7 days (${place}): ${replayed}${others}`);
    const { recorded } = JSON.parse((await diff('candidate.csv', '--days', '1', '--json')).output);
    expect(recorded).toMatchObject({ decisions: 6, replayed: 6, by_others: 1, gained: 1, lost: 3, open: [] });
    expect(recorded.changes).toHaveLength(3);

    // The log of the same says the same.
    project.write('server.log', `no JSON\n${log}`);
    expect((await diff('candidate.csv', '--recorded', 'server.log')).output).toContain(
      `\nrecorded in the last 7 days (server.log): ${replayed}${others}`,
    );

    const old = "update audit_events set time = '2001-01-01T00:00:00.000Z'";
    if (where === undefined) {
      const file = openEmbedded(project.directory);
      file.exec(old);
      file.close();
    } else await database.execute(old);
    expect((await diff('candidate.csv', '--days', '7')).output).toContain('): 0 decisions by this policy');
    project.remove();
    await database.remove();
  });

  test('and where a shadow differed', { timeout: 120_000 }, async () => {
    const database = await createDatabase();
    const where = database.configuration;
    const project = createProject({
      'agentflow.json': { ...configuration, ...(where && { database: where }) },
      ...files,
    });
    const diff = diffIn(project);
    const log = await serveOnce(project, ['api', '--shadow', 'candidate.csv']);
    const { code, output } = await diff('--shadowed');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^recorded in the last 7 days \(.*\): candidate\.csv would have decided otherwise 4 times\n/,
    );
    expect(output.slice(output.indexOf('\n') + 1)).toBe(changes);
    expect((await diff('--shadowed', 'candidate.csv', '--days', '1')).output).toContain(changes);
    const other = await diff('--shadowed', 'other.csv');
    expect(other.code).toBe(0);
    expect(other.output).toContain(
      'other.csv would have decided otherwise 0 times\n  There is something recorded of candidate.csv.\n',
    );
    const report = JSON.parse((await diff('--shadowed', '--json')).output);
    expect(report).toMatchObject({ differences: 4, gained: 1, lost: 3, candidates: ['candidate.csv'] });
    project.write('server.log', log);
    expect((await diff('--shadowed', '--recorded', 'server.log')).output).toContain(changes);
    // What a shadow said is no decision of the policy.
    expect((await diff('candidate.csv', '--days', '7')).output).toContain(replayed);
    project.remove();
    await database.remove();
  });
});

describe('a log', () => {
  const project = createProject({ 'agentflow.json': configuration, ...files });
  afterAll(() => project.remove());
  const diff = diffIn(project);
  const line = (audit: object, time = new Date().toISOString()) => JSON.stringify({ level: 'info', time, audit });
  const older = {
    ...{ event: 'request', route: 'describeGraph', resource: 'graph', action: 'read', resourceId: null, code: null },
    ...{ principal: { tenant: 'default', realm: 'local', subject: 'alice' }, reason: 'policy.csv:3 allows it' },
    policyId: 'policy.csv:3',
  };

  test('of an older version has no roles: only what does not depend on them is replayed', async () => {
    const bob = { ...older, principal: { ...older.principal, subject: 'bob' }, policyId: 'policy.csv:1' };
    project.write('server.log', [line(older), line({ ...bob, action: 'stop' })].join('\n'));
    const { code, output } = await diff('candidate.csv', '--recorded', 'server.log');
    expect(code).toBe(1);
    expect(output).toContain(`: 2 decisions by this policy, 1 of them replayed
  loses  user:alice: graph:read, asked once
         now   it was allowed
         then  candidate.csv:4 denies it
  0 would have gained by it, 1 would have lost
  not replayed, because of roles that an older version has not recorded: 1
    user:bob: graph:stop, asked once
`);
  });

  test('is read as far as the days go back', async () => {
    project.write('server.log', line(older, new Date(Date.now() - 3 * 86_400_000).toISOString()));
    const count = async (...days: readonly string[]) =>
      JSON.parse((await diff('candidate.csv', '--recorded', 'server.log', '--json', ...days)).output).recorded
        .decisions;
    expect([await count(), await count('--days', '3'), await count('--days', '2')]).toEqual([1, 0, 0]);
    expect(await count('--days', '4')).toBe(1);
  });

  test.each<[readonly string[], string]>([
    [['candidate.csv', '--days', '0'], '--days takes a number'],
    [['candidate.csv', '--recorded', 'server.log', '--days', 'all'], '--days takes a number'],
    [['candidate.csv', '--recorded', 'no.log'], 'no.log cannot be read (ENOENT)'],
    [[], 'diff needs a candidate'],
    [['--days', '7'], 'diff needs a candidate'],
    [['--shadowed', '--recorded', 'no.log'], 'no.log cannot be read (ENOENT)'],
    [['--shadowed'], 'there is no database'],
  ])('%j is faulty', async (args, expected) => {
    expect(await diff(...args)).toMatchObject({ code: 2, output: expect.stringContaining(expected) });
  });

  test('without days or a log, nothing recorded is asked', async () => {
    const { output } = await diff('candidate.csv', '--json');
    expect(JSON.parse(output).recorded).toBeNull();
  });
});

import { expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { createProject, createSecret, exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

/* What was decided for somebody for whom another acts is two decisions of the policy: about each. */

const secret = createSecret();
const env = { JWT_SECRET_KEY: secret };
const policy = `p, *, run, read
p, user, graph, *
p, user:alice, graph, *
p, mute, graph, read, deny
`;
const candidate = `p, *, run, read
p, user:alice, graph, *
p, user:rogue, graph, read
p, deputy, run, read, deny
`;
const configuration = { agent: exampleGraph, auth: 'jwt', authorization: { method: 'casbin', policy: 'policy.csv' } };

describeOnDatabases((createDatabase) => {
  test('a candidate is asked about whoever acted, too', { timeout: 120_000 }, async () => {
    const database = await createDatabase();
    const where = database.configuration;
    const project = createProject({
      'agentflow.json': { ...configuration, ...(where && { database: where }) },
      ...{ 'policy.csv': policy, 'candidate.csv': candidate },
    });
    const { directory } = project;
    const server = await startAgentflow({ directory, env, args: ['api', '--shadow', 'candidate.csv'] });
    const ask = async (path: string, subject: string, act?: object) =>
      (await send(`${server.url}${path}`, { token: tokenFor(subject, secret, act && { act }) })).status;
    const statuses = [
      await ask('/v1/graph', 'alice', { sub: 'bot', roles: ['user'] }),
      await ask('/v1/runs', 'alice', { sub: 'bot', roles: ['deputy'] }),
      await ask('/v1/graph', 'alice', { sub: 'rogue' }),
      await ask('/v1/graph', 'alice', { sub: 'bot', roles: ['user', 'mute'] }),
      // The actor is not asked about where the principal may not.
      await ask('/v1/graph', 'bob', { sub: 'bot', roles: ['user'] }),
    ];
    expect(await server.stop()).toBe(0);
    expect(statuses).toEqual([200, 200, 403, 403, 403]);

    const diff = async (...args: readonly string[]) =>
      JSON.parse((await runAgentflow(['policy', 'diff', ...args, '--json'], { directory, env })).output);
    const changesOf = ({
      changes,
    }: {
      changes: readonly { kind: string; who: string; does: string; many: boolean }[];
    }) => changes.map(({ kind, who, does, many }) => [kind, who, does, many]);
    const expected = [
      ['loss', 'user:bot with the role user', 'graph:read', false],
      ['loss', 'user:bot with the role deputy', 'run:read', true],
      ['gain', 'user:rogue', 'graph:read', false],
    ];
    const { recorded } = await diff('candidate.csv', '--days', '1');
    expect(changesOf(recorded)).toEqual(expected);
    expect(recorded).toMatchObject({ decisions: 9, replayed: 9, by_others: 0, changed_since: 0, gained: 1, lost: 2 });
    // What the shadow has seen meanwhile is the same.
    expect(changesOf(await diff('--shadowed'))).toEqual(expected);
    project.write('server.log', server.output());
    expect((await diff('candidate.csv', '--recorded', 'server.log')).recorded).toEqual(recorded);
    project.remove();
    await database.remove();
  });
});

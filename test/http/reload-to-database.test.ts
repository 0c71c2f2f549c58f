import { expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createSecret } from '../harness/project.js';
import { configuration, startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

/* A serving process is given a policy in the database: what is refused leaves no rule behind there. */

const secret = createSecret();
const env = { JWT_SECRET_KEY: secret };
const by = (authorization: object, more: object = {}) => ({
  'agentflow.json': configuration({ auth: 'jwt', authorization: { method: 'casbin', ...authorization }, ...more }),
});
const inDatabase = (seed: string, more?: object) => by({ policy: 'database', seed }, more);

test('a configuration that is refused, or read, begins no policy', { timeout: 60_000 }, async () => {
  const server = await startReloading(
    {
      ...by({ policy: 'policy.csv' }),
      ...{ 'policy.csv': 'p, *, graph, read\n', 'wide.csv': 'p, *, *, *\n', 'narrow.csv': 'p, *, graph, read\n' },
    },
    { env },
  );
  const token = tokenFor('alice', secret);
  const ask = async (path: string, headers = {}) => (await send(`${server.url}${path}`, { token, headers })).status;
  const reach = () => ask('/v1/graph', { 'X-Policy-Revision': '1' });

  expect(await server.reload(inDatabase('wide.csv', { cors: { origins: ['nonsense'] } }))).toBe('refused');
  expect(await server.reload(inDatabase('narrow.csv'))).toBe('refused');
  expect(server.said('agentflow policy import narrow.csv')).toBe(1);
  // Of a seed that is not good, its faults are told first, in the log and the trail.
  expect(await server.reload({ ...inDatabase('faulty.csv'), 'faulty.csv': 'p, *, graf, read\n' })).toBe('refused');
  await expect.poll(() => server.said(/faulty\.csv:1.*graf/)).toBe(2);
  expect([await ask('/v1/graph'), await ask('/v1/threads'), await reach()]).toEqual([200, 403, 400]);

  server.project.write('agentflow.json', inDatabase('wide.csv')['agentflow.json']);
  const imported = await runAgentflow(['policy', 'import', 'narrow.csv'], { ...server.project, env });
  expect(imported.output).toContain('revision 1 of the policy');
  expect(await server.reload()).toBe('in force');
  expect([await ask('/v1/graph'), await ask('/v1/threads'), await reach()]).toEqual([200, 403, 200]);
});

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

/** How many runs may wait for one thread. */
const places = 64;

test('runs on one thread follow each other; whoever finds the queue full is told to come back', async () => {
  const secret = createSecret();
  const token = tokenFor('alice', secret);
  const agent = `${join(root, 'test/graphs/slow.ts')}:app`;
  const project = createProject({ 'agentflow.json': { agent, auth: 'jwt' } });
  const server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
  const ask = (text: string) => send(`${server.url}/v1/graph/invoke`, { token, body: say(text, 'busy') });
  // All of the others come while the first run goes on.
  const first = ask('stew: 1 steps of 4000 ms');
  while ((await send(`${server.url}/v1/threads/busy`, { token })).status !== 200);
  const answers = await Promise.all(Array.from({ length: places + 6 }, () => ask('tea: 1 steps of 0 ms')));
  expect((await first).status).toBe(200);
  const busy = answers.filter(({ status }) => status === 409);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(places);
  expect(busy).toHaveLength(6);
  expect(busy[0]?.body.code).toBe('CONFLICT');
  expect(busy[0]?.headers.get('retry-after')).toBe('1');
  // Two messages for each run that was answered, and nothing of the others.
  const { body: kept } = await send(`${server.url}/v1/threads/busy/messages?limit=1000`, { token });
  expect(kept.data.messages).toHaveLength(2 * (places + 1));
  expect(await server.stop()).toBe(0);
  project.remove();
});

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createSecret, root } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

const examples = readdirSync(join(root, 'examples'));
const hadData = new Set(examples.filter((name) => existsSync(join(root, 'examples', name, '.agentflow'))));

afterAll(() => {
  for (const name of examples) {
    if (!hadData.has(name)) rmSync(join(root, 'examples', name, '.agentflow'), { recursive: true, force: true });
  }
});

test.each(examples)('the example %s is served as its configuration says, and answers', async (name) => {
  const secret = createSecret();
  const directory = join(root, 'examples', name);
  const server = await startAgentflow({ directory, env: { JWT_SECRET_KEY: secret } });
  const body = say('Who am I, and what is 6 * 7?');
  expect((await send(`${server.url}/v1/graph/invoke`, { body })).status).toBe(401);
  const answer = await send(`${server.url}/v1/graph/invoke`, { body, token: tokenFor('alice', secret) });
  expect(answer.status).toBe(200);
  expect(lastText(answer)).toBe('You are alice. 6 * 7 = 42.');
  expect(await server.stop()).toBe(0);
});

test("the repository's own configuration is good", async () => {
  const check = await runAgentflow(['check'], { directory: root, env: { JWT_SECRET_KEY: createSecret() } });
  expect(check).toMatchObject({ code: 0 });
  expect(check.output).toContain('authenticate jwt; authorize ownership');
});

test('every configuration that the README shows is one that is served, but for the paths of its files', () => {
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```json\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  for (const [, text = ''] of blocks) expect(JSON.parse(text)).toHaveProperty('agent');
});

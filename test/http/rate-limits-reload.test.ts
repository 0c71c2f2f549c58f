import { expect, test } from 'vitest';
import { createSecret, exampleGraph } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

test('other numbers are taken over, and nobody begins anew by it; where it is counted, a new process decides', async () => {
  const secret = createSecret();
  const file = (rateLimit: object | false) => ({
    'agentflow.json': { agent: exampleGraph, auth: 'jwt', rate_limit: rateLimit },
  });
  const numbers = { requests: 10, window: 86_400 };
  const server = await startReloading(file(numbers), { env: { JWT_SECRET_KEY: secret } });
  const passed = async (count: number, subject: string) => {
    const token = tokenFor(subject, secret);
    const ask = () => send(`${server.url}/v1/auth/me`, { token });
    const answers = await Promise.all(Array.from({ length: count }, ask));
    return answers.filter(({ status }) => status === 200).length;
  };
  expect(await passed(30, 'alice')).toBe(10);

  expect(await server.reload(file({ ...numbers, requests: 4 }))).toBe('in force');
  expect(await passed(30, 'bob')).toBe(4);
  expect(await passed(30, 'alice')).toBe(0);

  expect(await server.reload(file({ ...numbers, backend: 'redis', redis: 'redis://127.0.0.1:1' }))).toBe('refused');
  expect(server.output()).toMatch(/a restart is needed for what has changed in \W+rate_limit/);
  expect(await passed(30, 'carol')).toBe(4);

  expect(await server.reload(file(false))).toBe('in force');
  expect(await passed(30, 'alice')).toBe(30);
  expect(server.said(/rate_limit\W+ is off/)).toBe(1);
});

test('whoever is known at an address where somebody guesses is known after a reload, as long as their credential is good', async () => {
  const [secret, another] = [createSecret(), createSecret()];
  const files = (rateLimit: object, key: string) => ({
    'agentflow.json': { agent: exampleGraph, auth: 'jwt', rate_limit: { window: 86_400, ...rateLimit } },
    '.env': `JWT_SECRET_KEY=${key}`,
  });
  const server = await startReloading(files({ requests: 10 }, secret));
  const owner = tokenFor('owner', secret);
  const me = async (token: string) => (await send(`${server.url}/v1/auth/me`, { token })).status;
  expect(await me(owner)).toBe(200);
  // One after another: of those that come at once, each is looked at before any has been no good.
  const guesses: number[] = [];
  for (let index = 0; index < 60; index += 1) guesses.push(await me(tokenFor(`guess-${index}`, createSecret())));
  expect(guesses).toEqual([...Array<number>(50).fill(401), ...Array<number>(10).fill(429)]);
  expect([await me(owner), await me(tokenFor('stranger', secret))]).toEqual([200, 429]);

  expect(await server.reload(files({ requests: 9 }, secret))).toBe('in force');
  expect([await me(owner), await me(tokenFor('stranger', secret))]).toEqual([200, 429]);

  // What has become bad is a guess like any other from then on.
  expect(await server.reload(files({ requests: 9 }, another))).toBe('in force');
  expect([await me(owner), await me(owner)]).toEqual([401, 429]);
});

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { say, send } from '../harness/requests.js';
import { openStream } from '../harness/streams.js';
import { answering, verifyEndpoint } from '../harness/verify-endpoint.js';

/* A reload while many streams go on, by tokens that an endpoint is asked about: it has room for few at once. */

const endpoint = verifyEndpoint();
const agent = `${join(root, 'test/graphs/long-runs.ts')}:app`;
const people = Array.from({ length: 8 }, (_, index) => ({ name: `user-${index}`, token: `opaque-${index}-5b1f09c2` }));

const file = (requests: number, more: object = {}) => ({
  'agentflow.json': {
    ...{ agent, rate_limit: { requests } },
    auth: { method: 'oauth', verify_url: endpoint.url, fields: { subject: 'user' }, max_connections: 2, ...more },
  },
});

test('what was known of tokens is known after it, as long as they are judged by the same rules', async () => {
  for (const { name, token } of people) endpoint.on(token, answering({ user: name, role: 'reader' }));
  const server = await startReloading(file(1000));
  const me = async (token: string) => (await send(`${server.url}/v1/auth/me`, { token })).body;
  const asked = () => people.map(({ token }) => endpoint.callsFor(token));
  const streams = [];
  for (const { name, token } of people) {
    const body = say(`${name}: step 40 times every 100 ms`, name, { recursion_limit: 100 });
    streams.push(await openStream(server.url, { headers: { Authorization: `Bearer ${token}` }, body }));
  }
  expect(asked()).toEqual(Array(people.length).fill(1));

  expect(await server.reload(file(2000))).toBe('in force');
  const before = streams.map(({ chunks }) => chunks.length);
  const goOn = streams.map((stream, index) => Promise.race([stream.has((before[index] ?? 0) + 5), stream.ended]));
  await Promise.all(goOn);
  expect(streams.map((stream) => stream.text().includes('"event":"error"'))).toEqual(Array(people.length).fill(false));
  expect(asked()).toEqual(Array(people.length).fill(1));
  for (const stream of streams) stream.leave();

  // Other rules: what somebody is by the former ones is nobody's business any more.
  const [first] = people;
  expect((await me(first?.token ?? '')).roles).toEqual([]);
  expect(await server.reload(file(2000, { fields: { subject: 'user', roles: 'role' } }))).toBe('in force');
  expect((await me(first?.token ?? '')).roles).toEqual(['reader']);
  expect(endpoint.callsFor(first?.token ?? '')).toBe(2);
});

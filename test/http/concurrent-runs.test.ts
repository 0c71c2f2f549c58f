import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecret, root } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { bearer, isError, openSocket, sayFrame } from '../harness/sockets.js';
import { openStream } from '../harness/streams.js';
import { tokenFor } from '../harness/tokens.js';
import { createWebhookSecret, deliver } from '../harness/webhook-sender.js';

/* How many runs one principal may have under way: however they were asked for, and for as long as they really run. */

const most = 4;
const agent = `${join(root, 'test/graphs/long-runs.ts')}:app`;
const hookSecret = createWebhookSecret();
const lasting = 'one: step 1 times every 60000 ms';
const short = 'one: step 1 times every 0 ms';
const server = serve(
  {
    ...{ agent, auth: 'jwt', rate_limit: { requests_per_minute: 1_000_000, burst: 100_000, concurrent_runs: most } },
    webhooks: { orders: { secret: { env: 'HOOK_SECRET' }, input: lasting } },
  },
  { env: { HOOK_SECRET: hookSecret } },
);

let people = 0;
/** Somebody who has run nothing yet. */
function somebody() {
  people += 1;
  const subject = `person-${people}`;
  const token = server.tokenFor(subject);
  return {
    token,
    stream: (text: string, threadId?: string, more: object = {}) =>
      openStream(server.url, { headers: { Authorization: `Bearer ${token}` }, body: say(text, threadId, more) }),
    invoke: (text = short, threadId?: string, more: object = {}) =>
      send(`${server.url}/v1/graph/invoke`, { token, body: say(text, threadId, more) }),
    stop: (threadId: string) => send(`${server.url}/v1/graph/stop`, { token, body: { thread_id: threadId } }),
    threads: async () => (await send(`${server.url}/v1/threads`, { token })).body.data.threads.length as number,
  };
}
const goesThrough = (one: ReturnType<typeof somebody>) =>
  expect.poll(async () => (await one.invoke()).status, { timeout: 10_000 }).toBe(200);

test('of as many as come at once, exactly so many run; whoever else comes is told, and leaves no thread', async () => {
  const one = somebody();
  const streams = await Promise.all(Array.from({ length: 20 }, () => one.stream(lasting)));
  expect(streams.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
    ...Array<number>(most).fill(200),
    ...Array<number>(20 - most).fill(429),
  ]);
  expect(await one.threads()).toBe(most);
  const refused = await one.invoke();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(refused.body).toMatchObject({
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    'violated-policies': ['concurrent-runs'],
    message: expect.stringContaining(`${most} runs under way`),
    error: { code: 'RATE_LIMIT_EXCEEDED', limit: most },
  });
  // Nobody else's are fewer for it.
  expect((await somebody().invoke()).status).toBe(200);
  for (const stream of streams) stream.leave();
  await goesThrough(one);
});

test('one that has ended makes room, however it has ended', async () => {
  const one = somebody();
  const open = await Promise.all(Array.from({ length: most - 1 }, (_, index) => one.stream(lasting, `held-${index}`)));
  // One place is left, and each of these leaves it as it was.
  for (let index = 0; index < 2 * most; index += 1) {
    expect((await one.invoke(short, undefined, { recursion_limit: 0 })).status).toBe(422);
    expect((await one.invoke('one: step 5 times every 0 ms', undefined, { recursion_limit: 2 })).status).toBe(422);
    expect((await one.invoke()).status).toBe(200);
  }
  const last = await one.stream(lasting, 'last');
  expect([last.status, (await one.invoke()).status]).toEqual([200, 429]);
  expect((await one.stop('last')).status).toBe(200);
  await goesThrough(one);
  for (const stream of open) stream.leave();
});

test('one that goes on without its reader is still one; so is one that waits for a thread', async () => {
  const one = somebody();
  const goesOn = await one.stream(lasting, 'goes-on', { on_disconnect: 'continue' });
  await goesOn.has(1);
  goesOn.leave();
  await goesOn.ended;
  const waiting = Array.from({ length: most - 1 }, () => one.invoke(short, 'goes-on'));
  await expect.poll(async () => (await one.invoke()).status, { timeout: 10_000 }).toBe(429);
  expect((await one.stop('goes-on')).status).toBe(200);
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array<number>(most - 1).fill(200));
  await goesThrough(one);
});

test('runs on sockets count with those of requests', async () => {
  const one = somebody();
  const streams = await Promise.all(Array.from({ length: most - 1 }, () => one.stream(lasting)));
  const [first, second] = [
    await openSocket(server.url, bearer(one.token)),
    await openSocket(server.url, bearer(one.token)),
  ];
  first.send(sayFrame(lasting));
  await first.find(() => true);
  const frames = await second.run(sayFrame(short));
  expect(frames.filter(isError)).toMatchObject([{ data: { code: 'RATE_LIMIT_EXCEEDED' } }]);
  expect((await one.invoke()).status).toBe(429);
  // However often: sixteen mistakes in a row would end the socket.
  for (let index = 0; index < 20; index += 1) {
    expect((await second.run(sayFrame(short))).filter(isError)).toHaveLength(1);
  }
  await first.close();
  await expect.poll(async () => (await second.run(sayFrame(short))).filter(isError), { timeout: 10_000 }).toEqual([]);
  for (const stream of streams) stream.leave();
  await second.close();
});

test('a reload forgets none of them, and what it says holds from then on', async () => {
  const secret = createSecret();
  const configured = (runs: number) => ({
    'agentflow.json': { agent, auth: 'jwt', rate_limit: { burst: 1000, concurrent_runs: runs } },
  });
  const reloading = await startReloading(configured(2), { env: { JWT_SECRET_KEY: secret } });
  const headers = { Authorization: `Bearer ${tokenFor('alice', secret)}` };
  const status = async () => {
    const stream = await openStream(reloading.url, { headers, body: say(short) });
    await stream.ended;
    return stream.status;
  };
  const held = await Promise.all([1, 2].map(() => openStream(reloading.url, { headers, body: say(lasting) })));
  const statuses = [await status()];
  for (const runs of [3, 2, 0, 1]) {
    expect(await reloading.reload(configured(runs))).toBe('in force');
    statuses.push(await status());
  }
  expect(statuses).toEqual([429, 200, 429, 200, 429]);
  for (const stream of held) stream.leave();
});

test('a webhook starts so many, behind its answers; what was refused may come again', async () => {
  const ids = Array.from({ length: most + 2 }, (_, index) => `msg_${index}`);
  const sendOne = (id: string) => deliver(`${server.url}/v1/webhooks/orders`, hookSecret, {}, { id });
  const first: [string, number][] = [];
  for (const id of ids) first.push([id, (await sendOne(id)).status]);
  expect(first.map(([, status]) => status)).toEqual([...Array<number>(most).fill(200), 429, 429]);
  const [refused = ''] = first.filter(([, status]) => status === 429).map(([id]) => id);
  expect((await sendOne(refused)).status).toBe(429);
  expect((await sendOne('msg_0')).body).toMatchObject({ duplicate: true });
});

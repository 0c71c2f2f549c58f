import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { createSecret } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';
import { createWebhookSecret, deliver } from '../harness/webhook-sender.js';

/* Webhooks come and go with the configuration, and what they have started with the secrets; the end of a server waits for them. */

const outside = mkdtempSync(join(tmpdir(), 'agentflow-webhook-reload-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const touch = (name: string) => writeFileSync(join(outside, name), '');

const graph = `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export const app = {
  async invoke({ messages }, { configurable, signal }) {
    if (messages.at(-1).content.includes('"fail"')) throw new Error('as it was told');
    const [, name] = /"hold":"(\\S+?)"/.exec(messages.at(-1).content) ?? [];
    appendFileSync(process.env.OUTSIDE + '/told', 'began ' + name + '\\n');
    while (name !== undefined && !existsSync(process.env.OUTSIDE + '/' + name)) await sleep(20);
    appendFileSync(process.env.OUTSIDE + '/told', 'ended ' + name + '\\n');
    return 'done';
  },
};
`;
const told = (line: string) =>
  existsSync(join(outside, 'told')) && readFileSync(join(outside, 'told'), 'utf8').split('\n').includes(line);

const [former, present] = [createWebhookSecret(), createWebhookSecret()];
const jwtSecret = createSecret();
const configuration = (...secrets: readonly string[]) => ({
  agent: 'graph.ts:app',
  auth: 'jwt',
  ...(secrets.length > 0 && {
    webhooks: {
      orders: { secret: secrets.map((file) => ({ file })), wait: true },
      quick: { secret: { file: 'former' } },
    },
  }),
});
const start = (...secrets: readonly string[]) =>
  startReloading(
    { 'agentflow.json': configuration(...secrets), 'graph.ts': graph, former, present },
    { env: { OUTSIDE: outside, JWT_SECRET_KEY: jwtSecret } },
  );

test('a secret that is taken out of the file is good no more, and ends what it has started', async () => {
  const server = await start('former', 'present');
  const orders = `${server.url}/v1/webhooks/orders`;
  const byFormer = deliver(orders, former, { hold: 'a' });
  const byPresent = deliver(orders, present, { hold: 'b' });
  await expect.poll(() => told('began a') && told('began b')).toBe(true);
  expect(await server.reload({ 'agentflow.json': configuration('present') })).toBe('in force');
  expect((await byFormer).status).toBe(401);
  touch('b');
  expect(await byPresent).toMatchObject({ status: 200, body: { status: 'completed' } });
  expect((await deliver(orders, former, {})).status).toBe(401);
  expect((await deliver(orders, present, {})).status).toBe(200);
  // Without webhooks there is nothing there, and who asks without a credential is not told so.
  expect(await server.reload({ 'agentflow.json': configuration() })).toBe('in force');
  const gone = await deliver(orders, present, {});
  expect([gone.status, gone.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="agentflow"']);
  expect(await server.reload({ 'agentflow.json': configuration('present') })).toBe('in force');
  expect((await deliver(orders, present, {})).status).toBe(200);
});

test('the secret in the file of a secret is read anew, and a faulty one changes nothing', async () => {
  const server = await start('former');
  const orders = `${server.url}/v1/webhooks/orders`;
  expect(await server.reload({ former: present })).toBe('in force');
  expect((await deliver(orders, present, {})).status).toBe(200);
  expect((await deliver(orders, former, {})).status).toBe(401);
  expect(await server.reload({ former: 'whsec_short' })).toBe('refused');
  expect((await deliver(orders, present, {})).status).toBe(200);
});

test('the trail says which service it was and which delivery, and the start which there are', async () => {
  const server = await start('former', 'present');
  const orders = `${server.url}/v1/webhooks/orders`;
  const good = await deliver(orders, present, {}, { id: 'msg_of_the_trail' });
  const rows = await auditRowsOf(server.project.directory, good);
  expect(rows).toMatchObject([
    {
      event: 'request',
      outcome: 'allowed',
      status: 200,
      subject: 'webhook:orders',
      resource: 'graph',
      action: 'invoke',
    },
  ]);
  expect(JSON.parse(String(Reflect.get(rows[0] ?? {}, 'detail')))).toEqual({
    ...{ webhook: 'orders', delivery: 'msg_of_the_trail' },
  });
  // What fails behind the answer has nobody else to tell.
  const failing = await deliver(`${server.url}/v1/webhooks/quick`, former, { fail: true });
  expect(failing.status).toBe(200);
  const events = async () =>
    (await auditRowsOf(server.project.directory, failing)).map(({ event, outcome, status }) => [
      event,
      outcome,
      status,
    ]);
  await expect.poll(events).toEqual([
    ['request', 'allowed', 200],
    ['run-ended', 'failed', 500],
  ]);
  const bad = await deliver(`${server.url}/v1/webhooks/none-such`, present, {});
  const [refused] = await auditRowsOf(server.project.directory, bad);
  expect(refused).toMatchObject({ outcome: 'refused', status: 401, subject: null });
  expect(refused?.reason).toMatch(/^webhook: .*there is no such webhook$/);
  expect(server.output()).toContain('"webhooks":[{"hook":"orders","how":"standard, 2 secrets from ');
  for (const secret of [former, present]) expect(server.output()).not.toContain(secret.slice(6));
});

test('the end of a server waits for a run that goes on behind its answer', async () => {
  const server = await start('former');
  const answer = await deliver(`${server.url}/v1/webhooks/quick`, former, { hold: 'c' });
  expect(answer).toMatchObject({ status: 200, body: { accepted: true } });
  await expect.poll(() => told('began c')).toBe(true);
  const stopped = server.stop();
  await expect
    .poll(() =>
      send(`${server.url}/health`).then(
        () => true,
        () => false,
      ),
    )
    .toBe(false);
  expect(told('ended c')).toBe(false);
  touch('c');
  expect(await stopped).toBe(0);
  expect(told('ended c')).toBe(true);
});

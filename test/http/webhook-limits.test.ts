import { expect, test } from 'vitest';
import { freshAddress } from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';
import { createWebhookSecret, deliver } from '../harness/webhook-sender.js';

/* How often services may call, and who else may use that up. */

const secret = createWebhookSecret();
const server = serve(
  {
    ...{ agent: echoGraph, auth: 'jwt', trusted_proxies: ['127.0.0.1'] },
    webhooks: { orders: { secret: { env: 'HOOK_SECRET' }, wait: true } },
    rate_limit: {
      ...{ requests: 6, window: 86_400, address: { requests_per_minute: 1, burst: 100 } },
      routes: { receiveWebhook: { requests_per_minute: 1, burst: 4 } },
    },
  },
  { env: { HOOK_SECRET: secret } },
);

const statuses = async (count: number, send: (index: number) => ReturnType<typeof deliver>) => {
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) found.push((await send(index)).status);
  return found;
};

test('what was overheard can be sent again until it is too much, and keeps the service from nothing', async () => {
  const [service, thief] = [freshAddress(), freshAddress()];
  const at = new Date();
  const from = (address: string, id: string) => {
    const headers = { 'X-Forwarded-For': address };
    return deliver(`${server.url}/v1/webhooks/orders`, secret, { n: 1 }, { id, at, headers });
  };
  expect((await from(service, 'msg_first')).body).toMatchObject({ duplicate: false });
  expect(await statuses(6, () => from(thief, 'msg_first'))).toEqual([200, 200, 200, 200, 429, 429]);
  expect((await from(service, 'msg_next')).body).toMatchObject({ accepted: true, duplicate: false });
});

test('the short path counts together with the long one', async () => {
  const headers = { 'X-Forwarded-For': freshAddress() };
  const paths = ['/v1/webhooks/orders', '/webhook/orders', '/api/v1/webhooks/orders'];
  const send = (index: number) => deliver(`${server.url}${paths[index % 3]}`, secret, { index }, { headers });
  expect(await statuses(6, send)).toEqual([200, 200, 200, 200, 429, 429]);
});

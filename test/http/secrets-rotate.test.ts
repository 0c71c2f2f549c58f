import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { tokenFor } from '../harness/tokens.js';
import { createWebhookSecret, deliver } from '../harness/webhook-sender.js';

/* Keys and secrets that a secrets manager changes in their files are taken over without a signal, and with an overlap. */

const [firstKey, nextKey, firstSecret, nextSecret] = [createSecret(), createSecret(), createSecret(), createSecret()];
const [firstHook, nextHook] = [createWebhookSecret(), createWebhookSecret()];

const server = serve(
  {
    agent: echoGraph,
    auth: [{ method: 'api_key', keys: [{ id: 'ci', key: { file: 'secrets/ci' }, subject: 'ci' }] }, { method: 'jwt' }],
    webhooks: { orders: { secret: { file: 'secrets/hook' } } },
  },
  {
    env: { JWT_SECRET_KEY: '', JWT_SECRET_KEY_FILE: 'secrets/jwt', JWT_SECRET_KEY_PREVIOUS_FILE: 'secrets/previous' },
    files: {
      'secrets/hook': firstHook,
      'secrets/ci': firstKey,
      'secrets/jwt': firstSecret,
      'secrets/previous': createSecret(),
    },
  },
);

/** As they are put there: whole, in one step. */
function put(file: string, text: string): void {
  writeFileSync(join(server.directory, `${file}.new`), text);
  renameSync(join(server.directory, `${file}.new`), join(server.directory, file));
}

const statusOf = async (headers: Record<string, string>) =>
  (await send(`${server.url}/v1/auth/me`, { headers })).status;
const byKey = (key: string) => statusOf({ 'X-API-Key': key });
const byToken = (secret: string) => statusOf({ Authorization: `Bearer ${tokenFor('alice', secret)}` });
/** Two looks, and the making of what is new. */
const patience = { timeout: 20_000, interval: 200 };

test('a key in a file: the new one is good, and the old one no more', async () => {
  expect([await byKey(firstKey), await byKey(nextKey)]).toEqual([200, 401]);
  put('secrets/ci', nextKey);
  await expect.poll(() => byKey(nextKey), patience).toBe(200);
  expect(await byKey(firstKey)).toBe(401);
  expect(server.output()).not.toContain(nextKey.slice(0, 12));
}, 30_000);

test('the secret of a webhook: the new one is good, and the old one no more', async () => {
  const bySecret = async (secret: string) => (await deliver(`${server.url}/v1/webhooks/orders`, secret, {})).status;
  expect([await bySecret(firstHook), await bySecret(nextHook)]).toEqual([200, 401]);
  put('secrets/hook', nextHook);
  await expect.poll(() => bySecret(nextHook), patience).toBe(200);
  expect(await bySecret(firstHook)).toBe(401);
}, 30_000);

test('a secret, with the one before it beside it: nobody is turned out', async () => {
  const statuses: number[] = [];
  put('secrets/previous', firstSecret);
  put('secrets/jwt', nextSecret);
  await expect
    .poll(async () => {
      statuses.push(await byToken(firstSecret));
      return byToken(nextSecret);
    }, patience)
    .toBe(200);
  statuses.push(await byToken(firstSecret));
  expect(new Set(statuses)).toEqual(new Set([200]));
}, 30_000);

test('what is no good changes nothing but the log; and what is good again is taken over', async () => {
  put('secrets/jwt', 'short');
  await expect.poll(() => server.output(), patience).toContain('the one in force stays');
  expect([await byToken(nextSecret), await byKey(nextKey)]).toEqual([200, 200]);
  put('secrets/jwt', firstSecret);
  put('secrets/previous', createSecret());
  await expect.poll(() => byToken(nextSecret), patience).toBe(401);
  expect(await byToken(firstSecret)).toBe(200);
}, 60_000);

test('a configuration that somebody is writing is not taken over with them', async () => {
  const file = join(server.directory, 'agentflow.json');
  writeFileSync(file, JSON.stringify({ agent: echoGraph, auth: 'api_key', half: 'written' }));
  put('secrets/ci', firstKey);
  await expect.poll(() => byKey(firstKey), patience).toBe(200);
  expect([await byKey(nextKey), await byToken(firstSecret)]).toEqual([401, 200]);
}, 30_000);

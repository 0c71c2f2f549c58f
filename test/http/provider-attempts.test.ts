import { beforeEach, describe, expect, test } from 'vitest';
import { createCookieBrowser } from '../harness/cookie-browser.js';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { scriptedProvider } from '../harness/scripted-provider.js';
import { serve } from '../harness/served.js';

/* Security bar 45: nobody has a provider asked as often as they like, with codes that come to nothing; and a crowd behind one address signs in. */

const provider = scriptedProvider();
const environment = {};
Object.defineProperty(environment, 'PROVIDER', { get: () => provider.issuer, enumerable: true });

const one = {
  issuer: '${PROVIDER}',
  client_id: 'agentflow',
  roles: ['user'],
  device: true,
  allow_networks: ['127.0.0.1/32'],
};
const server = serve(
  {
    ...{ agent: exampleGraph, auth: { method: 'login', providers: { one } }, trusted_proxies: ['127.0.0.1'] },
    // As many at once as by default; so slow that none passes again while the tests run.
    rate_limit: { requests: 10_000_000, sign_in: { attempts: 10, interval: '1d' } },
  },
  { env: environment },
);

/** At one address: three times the attempts of one account. */
const most = 30;
const crowd = 70;

let addresses = 0;
let begun = 0;
let headers: Readonly<Record<string, string>> = {};

const refusal = (error: string) => () => ({ status: 400, body: { error } });
function count(statuses: readonly number[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
const times = <T>(length: number, work: () => Promise<T>) => Promise.all(Array.from({ length }, work));
async function inTurn<T>(length: number, work: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  while (results.length < length) results.push(await work());
  return results;
}

beforeEach(() => {
  addresses += 1;
  headers = { 'X-Forwarded-For': `198.51.100.${addresses}` };
  begun = 0;
  provider.asked.splice(0);
  provider.onDevice = () => {
    begun += 1;
    const uri = 'https://login.example/device';
    const body = {
      device_code: `code-${addresses}-${begun}`,
      user_code: 'ABCD',
      verification_uri: uri,
      expires_in: 600,
    };
    return { body };
  };
});

const approve = (nonce?: string) => {
  provider.onToken = () => {
    const id_token = provider.idToken(nonce === undefined ? {} : { nonce });
    return { body: { access_token: 'access', token_type: 'bearer', id_token } };
  };
};

const invented = () => {
  provider.onToken = refusal('invalid_grant');
};

const device = `/v1/auth/oauth/one/device`;
const begin = () => send(`${server.url}${device}`, { method: 'POST', headers });
const poll = (deviceCode: string) => send(`${server.url}${device}/token`, { body: { deviceCode }, headers });

/** A browser that comes back with a code, which the provider answers so. */
async function comeBack(answering: (nonce: string) => void) {
  const browser = createCookieBrowser(() => server.url);
  const { asked } = await browser.begin('one');
  answering(asked.get('nonce') ?? '');
  const path = `/v1/auth/oauth/one/callback?code=any&state=${asked.get('state')}`;
  const ask = (by = headers) => browser.ask(path, { headers: by });
  return { answer: await ask(), again: ask };
}
const statusBack = async (answering: (nonce: string) => void) => (await comeBack(answering)).answer.status;

describe('a terminal', () => {
  test('begins as often as its sign-ins come to something, and some more', async () => {
    const answers = await times(150, begin);
    expect([count(answers.map(({ status }) => status)), begun]).toEqual([{ 200: most, 429: 150 - most }, most]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body['violated-policies']).toEqual(['sign-in']);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    // What has come to nothing makes no room; a sign-in does, for one.
    const [code] = answers.flatMap(({ status, body }) => (status === 200 ? [body.deviceCode] : []));
    provider.onToken = refusal('authorization_pending');
    expect((await poll(code)).body).toEqual({ status: 'pending' });
    expect((await begin()).status).toBe(429);
    approve();
    expect((await poll(code)).body.status).toBe('signed-in');
    expect((await poll(code)).body).toEqual({ status: 'expired' });
    expect(count((await inTurn(3, begin)).map(({ status }) => status))).toEqual({ 200: 1, 429: 2 });
  });

  test('of everybody in one office, each of whom signs in, is not kept waiting', async () => {
    approve();
    const signIn = async () => (await poll((await begin()).body.deviceCode)).body.status;
    expect(new Set(await inTurn(crowd, signIn))).toEqual(new Set(['signed-in']));
  });

  test('that waits, asks as often as it likes; what the provider has given up, it asks about no more', async () => {
    const { body } = await begin();
    provider.onToken = refusal('authorization_pending');
    const waiting = await inTurn(crowd, () => poll(body.deviceCode));
    expect(new Set(waiting.map((answer) => answer.body.status))).toEqual(new Set(['pending']));
    provider.asked.splice(0);
    provider.onToken = refusal('expired_token');
    const ended = (await times(crowd, () => poll(body.deviceCode))).map(({ status }) => status);
    expect([count(ended), provider.asked.length]).toEqual([{ 200: most, 429: crowd - most }, most]);
  });

  test('is not kept waiting for a provider that was away', async () => {
    provider.onDevice = () => ({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(count((await inTurn(crowd, begin)).map(({ status }) => status))).toEqual({ 503: crowd });
  });
});

describe('a browser', () => {
  test('brings back invented codes only so often', async () => {
    const statuses = await inTurn(most + 5, () => statusBack(invented));
    expect([count(statuses), provider.asked.length]).toEqual([{ 400: most, 429: 5 }, most]);
    // Terminals are counted by themselves.
    expect((await begin()).status).toBe(200);
  });

  test('of everybody in one office, each of whom signs in, is not kept waiting', async () => {
    expect(count(await inTurn(crowd, () => statusBack(approve)))).toEqual({ 302: crowd });
  });

  test('that has to wait has used up nothing', async () => {
    await inTurn(most, () => statusBack(invented));
    const { answer, again } = await comeBack(approve);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    expect((await again({ 'X-Forwarded-For': '203.0.113.1' })).status).toBe(302);
  });
});

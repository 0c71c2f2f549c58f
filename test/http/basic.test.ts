import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSecret, root } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { type Answer, say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';
import { openStream } from '../harness/streams.js';

/* Security bar 39: Basic is read as RFC 7617 has it, sent over TLS or on this machine alone, and there is no account that ships. */

const password = `${createSecret()}:£`;
const apiKey = createSecret();
const basic = (text: string | Buffer) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const good = basic(`builder:${password}`);

const configuration = {
  agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
  auth: [
    'jwt',
    { method: 'basic', username: 'builder', password: { env: 'BUILDER_PASSWORD' }, roles: ['builder'] },
    { method: 'api_key', keys: [{ id: 'k', key: { env: 'SOME_KEY' }, subject: 'keeper' }] },
  ],
};
const env = { BUILDER_PASSWORD: password, SOME_KEY: apiKey, HOST: '0.0.0.0' };

const direct = serve(configuration, { env });
const proxied = serve({ ...configuration, trusted_proxies: ['127.0.0.0/8', ...ownAddresses()] }, { env });
const standard = serve(
  { ...configuration, trusted_proxies: { addresses: ['127.0.0.1'], header: 'Forwarded' } },
  { env: { ...env, HOST: '127.0.0.1' } },
);

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

const local = (server: Served) => `http://127.0.0.1:${server.port}`;
const me = (server: Served, headers: Readonly<Record<string, string>>) =>
  send(`${local(server)}/v1/auth/me`, { headers });

/** All that an answer says, but for what differs between any two. */
const essence = ({ status, headers, body }: Answer) => {
  const { metadata: _metadata, instance: _instance, ...rest } = body;
  return { status, challenges: headers.get('www-authenticate'), rest };
};

/** From an address of this machine that others have too, to the same. */
function fromOutside(server: Served, address: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: address, localAddress: address, port: server.port, path: '/v1/auth/me', headers };
    request(options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

test('a name and a password are somebody, also with colons and more than ASCII', async () => {
  const answer = await me(direct, good);
  expect(answer).toMatchObject({ status: 200, body: { user_id: 'builder', roles: ['builder'], method: 'basic' } });
});

test.each<[string, string]>([
  ['another password', `Basic ${Buffer.from(`builder:${createSecret()}`).toString('base64')}`],
  ['another name', `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`],
  ['the name in capitals', `Basic ${Buffer.from(`BUILDER:${password}`).toString('base64')}`],
  [
    'the password up to its second colon',
    `Basic ${Buffer.from(`builder:${password.split(':')[0]}`).toString('base64')}`,
  ],
  ['one character more', `Basic ${Buffer.from(`builder:${password} `).toString('base64')}`],
  ['a password in Latin-1', `Basic ${Buffer.from(`builder:${password}`, 'latin1').toString('base64')}`],
  ['no colon', `Basic ${Buffer.from(`builder${password.replace(':', '')}`).toString('base64')}`],
  ['no name', `Basic ${Buffer.from(`:${password}`).toString('base64')}`],
  ['no password', `Basic ${Buffer.from('builder:').toString('base64')}`],
  ['a control character', `Basic ${Buffer.from(`builder:${password}\n`).toString('base64')}`],
  ['a NUL behind the name', `Basic ${Buffer.from(`builder\0:${password}`).toString('base64')}`],
  ['no base64', `Basic builder:${password.replace('£', '')}`],
  [
    'base64 without padding',
    `Basic ${Buffer.from(`builder:${password}`).toString('base64').replace(/=+$/, '').concat('=A')}`,
  ],
  ['nothing', 'Basic'],
  ['admin and admin', `Basic ${Buffer.from('admin:admin').toString('base64')}`],
  ['admin and password', `Basic ${Buffer.from('admin:password').toString('base64')}`],
  ['root and nothing', `Basic ${Buffer.from('root:').toString('base64')}`],
  ['very much', `Basic ${Buffer.from(`builder:${'x'.repeat(8_000)}`).toString('base64')}`],
])('with %s it is 401, in the same words as with any other', async (_what, authorization) => {
  const refused = await me(direct, { Authorization: authorization });
  expect(essence(refused)).toEqual(essence(await me(direct, basic('nobody:nothing-of-the-kind'))));
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('Basic realm="agentflow", charset="UTF-8"');
  expect((await me(direct, good)).status).toBe(200);
});

test('the scheme is read without case, and with any number of spaces', async () => {
  for (const scheme of ['basic', 'BASIC', 'Basic  ']) {
    const authorization = good.Authorization.replace('Basic', scheme);
    expect((await me(direct, { Authorization: authorization })).status).toBe(200);
  }
});

test('with another credential it is one too many', async () => {
  const key = { 'X-API-Key': apiKey };
  expect((await me(direct, key)).status).toBe(200);
  expect((await me(direct, { ...good, ...key })).status).toBe(400);
  const twice = [`Authorization: ${good.Authorization}`, `Authorization: Bearer ${direct.tokenFor('alice')}`];
  expect((await sendRaw(direct.port, head('GET', '/v1/auth/me', twice))).status).toBe(400);
  const joined = { Authorization: `${good.Authorization}, Bearer ${direct.tokenFor('alice')}` };
  expect((await me(direct, joined)).status).toBe(400);
  expect((await me(direct, { Authorization: `Bearer ${direct.tokenFor('alice')}` })).status).toBe(200);
});

describe('what may have been on a network without TLS is refused', () => {
  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['nobody says that it was forwarded', {}, 200],
    ['somebody says so, whom nobody believes', { 'X-Forwarded-Proto': 'https' }, 401],
    ['somebody has forwarded it', { 'X-Forwarded-For': '203.0.113.9' }, 401],
    ['it says that it was, in the other form', { Forwarded: 'for=203.0.113.9;proto=https' }, 401],
    ['a proxy names itself', { Via: '1.1 proxy' }, 401],
  ])('where no proxy is trusted, and %s', async (_what, headers, status) => {
    expect((await me(direct, { ...good, ...headers })).status).toBe(status);
  });

  test('and where it is called by a name that others know it by', async () => {
    const ask = (host: string) =>
      sendRaw(
        direct.port,
        `GET /v1/auth/me HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${good.Authorization}\r\nConnection: close\r\n\r\n`,
      );
    expect((await ask('agent.example.com')).status).toBe(401);
    expect((await ask('127.0.0.1')).status).toBe(200);
  });

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['says https', { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' }, 200],
    ['says http', { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http' }, 401],
    ['says nothing of it', { 'X-Forwarded-For': '203.0.113.9' }, 401],
    [
      'says http, and one before it https',
      { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https, http' },
      401,
    ],
    ['says http, for a client of this machine', { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Proto': 'http' }, 401],
    ['says it in the other form', { Forwarded: 'for=203.0.113.9;proto=https' }, 401],
  ])('where a trusted proxy %s', async (_what, headers, status) => {
    expect((await me(proxied, { ...good, ...headers })).status).toBe(status);
  });

  test.each<[string, string, number]>([
    ['https', 'for=203.0.113.9;proto=https', 200],
    ['http', 'for=203.0.113.9;proto=http', 401],
    ['nothing', 'for=203.0.113.9', 401],
    ['https of one before it alone', 'for=203.0.113.9;proto=https, for=127.0.0.2', 401],
  ])("where a trusted proxy says %s in the standard's form", async (_what, forwarded, status) => {
    expect((await me(standard, { ...good, Forwarded: forwarded })).status).toBe(status);
  });

  const [address] = ownAddresses();
  test.skipIf(address === undefined)(
    address === undefined
      ? 'from another address (this machine has only its loopback)'
      : 'from another address, whatever it says of itself',
    async () => {
      const from = address ?? '';
      expect(await fromOutside(direct, from, good)).toBe(401);
      const pretending = { ...good, Host: '127.0.0.1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '127.0.0.1' };
      expect(await fromOutside(direct, from, pretending)).toBe(401);
      expect(await fromOutside(direct, from, { ...good, Host: '127.0.0.1' })).toBe(401);
      const token = { Authorization: `Bearer ${direct.tokenFor('alice')}` };
      expect(await fromOutside(direct, from, token)).toBe(200);
      // The same address, where it is a proxy that is trusted.
      const forwarded = { ...good, 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' };
      expect(await fromOutside(proxied, from, forwarded)).toBe(200);
    },
  );
});

test('a run goes on that was begun by a password', async () => {
  const body = say('r: step 12 times every 100 ms', 'basic', { recursion_limit: 100 });
  const stream = await openStream(local(direct), { headers: good, body });
  expect(await stream.ended).toBe('complete');
  expect(stream.text()).not.toContain('"event":"error"');
  expect(stream.chunks.length).toBeGreaterThan(10);
});

test('what was sent stands in no log, and what is told of it says where the password is from', () => {
  expect(direct.output()).toContain('BUILDER_PASSWORD');
  expect(direct.output()).not.toContain(password.slice(0, 64));
});

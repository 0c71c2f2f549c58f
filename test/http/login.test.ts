import { createPublicKey, verify } from 'node:crypto';
import { createPasswordHasher } from '@agentflow/authentication';
import { describe, expect, test } from 'vitest';
import { openEmbedded } from '../harness/embedded-database.js';
import {
  administrator,
  administratorEnvironment,
  asAdministrator,
  createPassword,
  createPerson,
  readSignedIn,
  signIn,
  statusOf,
  tryRefresh,
  trySignIn,
} from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { type Answer, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { steadyHeaders } from '../harness/steady-headers.js';

const weaker = createPasswordHasher({
  ...{ memory: 1024, passes: 1, lanes: 1, min_length: 8, concurrency: 1, max_waiting: 1 },
});

/* Security bar 35 to 38 and 40 over HTTP. */

const configuration = { agent: echoGraph, auth: 'login', trusted_proxies: ['127.0.0.1'] };
const server = serve(configuration, { env: administratorEnvironment });

const bytesOf = ({ status, headers, text }: Answer) => {
  return {
    status,
    headers: steadyHeaders(headers),
    text: text.replace(/[\da-f]{8}-[\da-f-]{27}/g, 'ID').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
  };
};

const hashOf = (username: string) => {
  const database = openEmbedded(server.directory, { readOnly: true });
  const row = database.prepare('select password_hash from users where username = ?').get(username);
  database.close();
  return String(row?.['password_hash']);
};

const put = (username: string, passwordHash: string) => {
  const database = openEmbedded(server.directory);
  database.prepare('update users set password_hash = ? where username = ?').run(passwordHash, username);
  database.close();
};

describe('signing in', () => {
  test('gives what m9m gives: a token that works, and another that brings the next', async () => {
    const alice = await createPerson(server.url, 'alice', ['user']);
    const answer = await trySignIn(server.url, alice);
    expect(answer.body).toEqual({
      token: expect.any(String),
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      user: { id: alice.id, username: 'alice', roles: ['user'], tenant: 'default' },
      refreshToken: expect.stringMatching(/^af_rt_/),
      refreshExpiresAt: expect.stringMatching(/Z$/),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('set-cookie')).toBeNull();
    const { token, refreshToken, sessionId } = readSignedIn(answer);
    const me = await send(`${server.url}/api/v1/auth/me`, { token });
    expect(me.body).toMatchObject({ user_id: alice.id, username: 'alice', session_id: sessionId, method: 'login' });
    const run = await send(`${server.url}/v1/graph/invoke`, { token, body: say('hello') });
    expect(run.status).toBe(200);
    const next = readSignedIn(await tryRefresh(server.url, refreshToken));
    expect(await statusOf(server.url, next.token)).toBe(200);
    // The spelling of m9m's clients, and the token in the header as they send it.
    const again = await send(`${server.url}/api/v1/auth/refresh`, { method: 'POST', token: next.refreshToken });
    const last = readSignedIn(again);
    expect((await send(`${server.url}/api/v1/auth/logout`, { method: 'POST', token: last.token })).body).toEqual({
      ended: 1,
    });
    expect(await statusOf(server.url, last.token)).toBe(401);
  });

  test('gives tokens that others can verify by the published keys, and no other kind is taken for one', async () => {
    const { token } = await signIn(server.url, administrator);
    const published = (await send(`${server.url}/.well-known/jwks.json`)).body.keys;
    expect(published).toHaveLength(1);
    expect(Object.keys(published[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const [header = '', body = '', signature = ''] = token.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    const key = createPublicKey({ key: published[0], format: 'jwk' });
    expect(verify(null, Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
    const payload = read(body);
    expect(read(header)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: published[0].kid });
    expect(payload).toMatchObject({ iss: 'agentflow', aud: 'agentflow', roles: ['admin'], tenant: 'default' });
    expect(payload.exp - payload.iat).toBe(900);
    const forged = [
      `${header}.${Buffer.from(JSON.stringify({ ...payload, roles: ['admin', 'x'] })).toString('base64url')}.${signature}`,
      `${header}.${body}.${signature}=`,
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`,
      `${Buffer.from('{"alg":"EdDSA","typ":"at+jwt","kid":"none"}').toString('base64url')}.${body}.${signature}`,
    ];
    for (const one of forged) expect(await statusOf(server.url, one)).toBe(401);
    expect(await statusOf(server.url, token)).toBe(200);
  });

  test('takes neither token for the other', async () => {
    const { token, refreshToken } = await signIn(server.url, administrator);
    expect((await tryRefresh(server.url, token)).status).toBe(401);
    const refused = await send(`${server.url}/v1/auth/refresh`, { method: 'POST', token });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      ...[401, 'Bearer realm="agentflow", error="invalid_token"'],
    ]);
    const none = await send(`${server.url}/v1/auth/refresh`, { method: 'POST' });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="agentflow"']);
    expect(await statusOf(server.url, refreshToken)).toBe(401);
    expect(await statusOf(server.url, token)).toBe(200);
    expect((await tryRefresh(server.url, refreshToken)).status).toBe(200);
  });

  test('says how one can sign in', async () => {
    expect((await send(`${server.url}/v1/auth/methods`)).body).toEqual({ password: true, providers: [] });
  });
});

describe('a failure', () => {
  test('has the same bytes, whatever it is', async () => {
    const [bob, dora] = [await createPerson(server.url, 'bob'), await createPerson(server.url, 'dora')];
    await asAdministrator(server.url, `/v1/users/${dora.id}`, { method: 'PUT', body: { disabled: true } });
    await asAdministrator(server.url, '/v1/users', { body: { username: 'nopass', roles: [] } });
    const password = createPassword();
    const failures = await Promise.all(
      [
        { username: 'nobody-of-that-name', password },
        { username: bob.username, password },
        { username: dora.username, password: dora.password },
        { username: 'nopass', password },
        { username: '', password },
        { username: 'a b:c', password },
        { username: bob.username, password: '' },
        { username: bob.username, password: 'x'.repeat(1025) },
        { username: 'x'.repeat(1000), password },
      ].map((proof) => trySignIn(server.url, proof)),
    );
    expect(failures[0]?.status).toBe(401);
    expect(failures[0]?.headers.get('www-authenticate')).toBe('Bearer realm="agentflow"');
    for (const failure of failures) expect(bytesOf(failure)).toEqual(bytesOf(failures[0] as Answer));
    expect((await trySignIn(server.url, bob)).status).toBe(200);
    expect((await trySignIn(server.url, { ...bob, username: 'BOB' })).status).toBe(200);
  });

  test('is slowed down alike for those who are there and those who are not', async () => {
    const carol = await createPerson(server.url, 'carol');
    const answers = async (username: string, address: string) => {
      const all: Answer[] = [];
      for (let index = 0; index < 12; index += 1) {
        all.push(await trySignIn(server.url, { username, password: 'wrong password' }, { address }));
      }
      return all;
    };
    const [known, unknown] = [await answers('carol', '172.16.0.1'), await answers('caroline', '172.16.0.2')];
    expect(known.map(({ status }) => status)).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect(known.map(({ status }) => status)).toEqual(unknown.map(({ status }) => status));
    const waits = [known, unknown].map((all) => Number(all[11]?.headers.get('retry-after')));
    for (const wait of waits) expect(wait).toBeGreaterThan(0);
    expect(unknown[11]?.body.message).toMatch(/^Too many failed attempts to sign in\. Try again in \d+ s\.$/);
    // Not even with the right password, from there; from elsewhere at once.
    expect((await trySignIn(server.url, carol, { address: '172.16.0.1' })).status).toBe(429);
    expect((await trySignIn(server.url, carol, { address: '172.16.0.3' })).status).toBe(200);
  });

  test.each([
    ['a member twice', '{"username": "root", "password": "a", "password": "b"}', 400],
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['a number for a password', '{"username": "root", "password": 1}', 422],
    ['no password', '{"username": "root"}', 422],
    ['a key that there is none of', '{"username": "root", "password": "a", "passwort": "b"}', 422],
    ['more than anybody needs', JSON.stringify({ username: 'root', password: 'x'.repeat(100_000) }), 413],
  ])('is %s', async (_what, body, status) => {
    expect((await send(`${server.url}/v1/auth/login`, { body })).status).toBe(status);
  });
});

describe('a password', () => {
  const tryCreate = async (username: string, password: string) => {
    const { token } = await signIn(server.url, administrator);
    return send(`${server.url}/v1/users`, { token, body: { username, password } });
  };
  let users = 0;
  const fresh = () => {
    users += 1;
    return `user-${users}`;
  };

  test.each([
    ['8 characters', 'zq8%Lm2v'],
    ['64', 'x7Q-'.repeat(16)],
    ['1,024', 'x7Q-'.repeat(256)],
    ['8 characters beyond the first plane', '🦊🐻🐼🐨🐯🦁🐮🐷'],
    ['a leading space and a trailing one', ' kept as it is '],
    ['a NUL', 'with a \0 in it'],
    ['letters that are composed', 'caf\u00e9-caf\u00e9'],
  ])('of %s is taken whole', async (_what, password) => {
    const username = fresh();
    expect((await tryCreate(username, password)).status).toBe(200);
    expect((await trySignIn(server.url, { username, password })).status).toBe(200);
    const others = [password.slice(0, -1), `${password} `, password.trim(), password.normalize('NFD')];
    for (const other of others.filter((one) => one !== password)) {
      expect((await trySignIn(server.url, { username, password: other })).status).toBe(401);
    }
  });

  test.each([
    ['of 7 characters', 'zq8%Lm2', 'at least 8'],
    ['of 1,025', 'x'.repeat(1025), 'at most 1024'],
    ['of 100,000', 'x'.repeat(100_000), 'at most 1024'],
    ['that many have', 'password1', 'most common'],
    ['that many have, in capitals', 'PASSWORD1', 'most common'],
    ['that many have, in wide letters', 'ｐassword1', 'most common'],
  ])('%s is refused', async (_what, password, message) => {
    const answer = await tryCreate(fresh(), password);
    expect([answer.status, answer.body.error.details[0].loc]).toEqual([422, ['body', 'password']]);
    expect(answer.body.message).toContain(message);
    expect(answer.text).not.toContain(`"${password}`);
  });

  test('that is the username is refused', async () => {
    expect((await tryCreate('margaretha', 'Margaretha1!')).status).toBe(422);
    expect((await tryCreate('margaretha', 'Margarethe in the garden')).status).toBe(200);
  });

  test('is kept as argon2id, and what was weaker is strengthened at the next good sign-in', async () => {
    const erin = await createPerson(server.url, 'erin');
    expect(hashOf('erin')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]+\$[\w+/]+$/);
    const weak = await weaker.hash(erin.password);
    put('erin', weak);
    expect((await trySignIn(server.url, { ...erin, password: createPassword() })).status).toBe(401);
    expect(hashOf('erin')).toBe(weak);
    expect((await trySignIn(server.url, erin)).status).toBe(200);
    expect(hashOf('erin')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await trySignIn(server.url, erin)).status).toBe(200);
  });
});

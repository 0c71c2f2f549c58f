import { beforeAll, describe, expect, test } from 'vitest';
import { answers, breaks, faultyProvider, floods, type Misbehaviour, redirectsTo } from '../harness/faulty-provider.js';
import { createKeyPair } from '../harness/key-pairs.js';
import { exampleGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/*
 * Security bar 1 to 10, 13, 14, 18 to 23 and 25, over HTTP, with a provider that misbehaves. Each attack has its twin without the defect,
 * which is let in by the same server.
 */

const acme = faultyProvider();
const globex = faultyProvider();
const audience = 'https://agents.example';
const secret = 'f1c2a94be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09';

/** Holds the first answers of the keys back until a test lets them go. */
const held: (() => void)[] = [];
const hold: Misbehaviour = (...all) => void held.push(() => answers({ keys: [acme.pair.jwk({ kid: 'k1' })] })(...all));
beforeAll(() => acme.always('/keys', hold));

const server = serve(
  {
    agent: exampleGraph,
    auth: [
      { method: 'oauth', issuer: '${ACME}', jwks_uri: '${ACME_JWKS}', audience, key_cooldown: '1h', deadline: '30s' },
      { method: 'oauth', issuer: '${GLOBEX}', audience },
      {
        ...{ method: 'oauth', cache: '1m', audience, realm: 'opaque', deadline: '2s' },
        introspection: { url: '${ASK}', client_id: 'us', client_secret: '${CLIENT_SECRET}' },
      },
    ],
  },
  {
    env: {
      CLIENT_SECRET: secret,
      get ACME() {
        return acme.issuer;
      },
      get ACME_JWKS() {
        return acme.jwksUri;
      },
      get GLOBEX() {
        return globex.issuer;
      },
      get ASK() {
        return acme.introspectionUrl;
      },
    },
  },
);

const claims = (more: object = {}) => ({
  ...{ sub: 'alice', iss: acme.issuer, aud: audience, exp: inSeconds(3600), scope: 'session:read graph:read', ...more },
});
const header = (more: object = {}) => ({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...more });
const good = (payload: object = {}, head: object = {}) => acme.pair.sign(claims(payload), header(head));
/** Fifty tokens, each as often as any other. */
function several(count: number): readonly string[] {
  const distinct = Array.from({ length: 50 }, (_, index) => good({ jti: `${index}` }));
  return Array.from({ length: count }, (_, index) => distinct[index % distinct.length] ?? '');
}

const me = (token: string) => send(`${server.url}/v1/auth/me`, { token });
const statusOf = async (token: string) => (await me(token)).status;

/** So many at once, all of them; how often each status came. */
async function tally(tokens: readonly string[], atOnce: number): Promise<Readonly<Record<number, number>>> {
  const counts: Record<number, number> = {};
  let next = 0;
  const work = async () => {
    for (let index = next++; index < tokens.length; index = next++) {
      const status = await statusOf(tokens[index] ?? '');
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return counts;
}

describe('how often the provider is asked', () => {
  test('a thousand first requests at once: the one fetch that was begun at the start', {
    timeout: 60_000,
  }, async () => {
    const tokens = several(1000);
    const counted = tally(tokens, 1000);
    await expect.poll(() => held.length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(acme.everAsked('/keys')).toBe(1);
    acme.always('/keys', undefined);
    for (const release of held) release();
    expect(await counted).toEqual({ 200: 1000 });
    expect(acme.everAsked('/keys')).toBe(1);
  });

  test('ten thousand unknown key ids, mixed with good ones: no fetch within the cool-down', {
    timeout: 180_000,
  }, async () => {
    const [, ...rest] = good().split('.');
    const bad = (index: number) => {
      const head = JSON.stringify(header({ kid: `unknown-${index}` }));
      return [Buffer.from(head).toString('base64url'), ...rest].join('.');
    };
    const known = several(1000);
    const mixed = known.flatMap((one, at) => [one, ...Array.from({ length: 10 }, (_, index) => bad(10 * at + index))]);
    expect(await tally(mixed, 100)).toEqual({ 200: 1000, 401: 10_000 });
    expect(acme.everAsked('/keys')).toBe(1);
  });

  test('a thousand with one opaque token: one question', { timeout: 60_000 }, async () => {
    const alice = { active: true, sub: 'alice', aud: audience, exp: inSeconds(3600) };
    acme.knows('opaque-5f2c81d9e0', (response, ...more) => setTimeout(() => answers(alice)(response, ...more), 300));
    expect(
      await tally(
        Array.from({ length: 1000 }, () => 'opaque-5f2c81d9e0'),
        1000,
      ),
    ).toEqual({ 200: 1000 });
    expect(acme.asked).toHaveLength(1);
  });
});

describe('a JWT', () => {
  const stranger = createKeyPair('ES256');
  const rsa = createKeyPair('RS256');
  const { pem } = acme.pair;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test.each<[string, () => string]>([
    ['alg none', () => `${part(header({ alg: 'none' }))}.${part(claims())}.`],
    ['alg nOnE', () => `${part(header({ alg: 'nOnE' }))}.${part(claims())}.`],
    ['no alg', () => good({}, { alg: undefined })],
    ['two algs', () => acme.pair.sign(claims(), '{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"k1"}')],
    ['no signature', () => good().replace(/[^.]+$/, '')],
    ['the public key as a secret', () => signToken(claims(), pem, header({ alg: 'HS256' }))],
    ['the public key as a secret, in one line', () => signToken(claims(), pem.trim(), header({ alg: 'HS256' }))],
    [
      'the JWK as a secret',
      () => signToken(claims(), JSON.stringify(acme.pair.jwk({ kid: 'k1' })), header({ alg: 'HS256' })),
    ],
    ['another kind of key', () => rsa.sign(claims(), header({ alg: 'RS256' }))],
    ['a key that it brings', () => stranger.sign(claims(), header({ jwk: stranger.jwk() }))],
    ['the address of a key', () => stranger.sign(claims(), header({ jku: `${globex.issuer}/canary` }))],
    ['the address of a certificate', () => stranger.sign(claims(), header({ x5u: `${globex.issuer}/canary` }))],
    ['a chain of certificates', () => stranger.sign(claims(), header({ x5c: ['AA=='] }))],
    ['a path as key id', () => good({}, { kid: '../../../etc/passwd' })],
    ['a query as key id', () => good({}, { kid: "k1' OR '1'='1" })],
    ['10 kB as key id', () => good({}, { kid: 'k'.repeat(10_000) })],
    ['an object as key id', () => good({}, { kid: { a: 1 } })],
    ['crit', () => good({}, { crit: ['x'], x: 1 })],
    ['b64: false', () => good({}, { b64: false })],
    ['two dots too few', () => good().split('.').slice(0, 2).join('.')],
    ['padding', () => `${good()}=`],
    ['bytes after the JSON', () => acme.pair.sign(`${JSON.stringify(claims())} x`, header())],
    ['two subjects', () => acme.pair.sign(JSON.stringify(claims()).replace('{', '{"sub":"bob",'), header())],
    ['no end', () => good({ exp: undefined })],
    [
      'an end beyond numbers',
      () => acme.pair.sign(JSON.stringify({ ...claims(), exp: 0 }).replace('"exp":0', '"exp":1e400'), header()),
    ],
    ['an end in the past', () => good({ exp: inSeconds(-60) })],
    ['a beginning in the future', () => good({ nbf: inSeconds(60) })],
    ['an issuer with a slash', () => good({ iss: `${acme.issuer}/` })],
    ['an issuer in other letters', () => good({ iss: acme.issuer.toUpperCase() })],
    ['no issuer', () => good({ iss: undefined })],
    ['no audience', () => good({ aud: undefined })],
    ['another audience', () => good({ aud: ['https://other.example'] })],
    ['the type of an ID token', () => good({}, { typ: 'JWT' })],
    ['no type', () => good({}, { typ: undefined })],
    ['a key to be proved', () => good({ cnf: { jkt: 'x' } })],
    ['the other issuer’s name', () => good({ iss: globex.issuer })],
    ['the other issuer’s key', () => globex.pair.sign(claims(), header())],
  ])('with %s is 401', async (_what, sign) => {
    const { status, text, headers } = await me(sign());
    expect([status, JSON.parse(text).code]).toEqual([401, expect.stringMatching(/^(?:AUTH_REQUIRED|TOKEN_EXPIRED)$/)]);
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(await statusOf(good())).toBe(200);
    expect(globex.requestsTo('/canary')).toBe(0);
  });

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt'])('of the type %s is good', async (typ) => {
    expect(await statusOf(good({}, { typ }))).toBe(200);
  });

  test('of one subject by two issuers is of two principals: neither finds what is the other’s', async () => {
    const other = globex.pair.sign(claims({ iss: globex.issuer, scope: undefined }), header());
    const begun = await send(`${server.url}/v1/graph/invoke`, { token: other, body: say('Hello', 'mine') });
    const own = await send(`${server.url}/v1/threads/mine`, { token: other });
    const another = await send(`${server.url}/v1/threads/mine`, { token: good({ scope: undefined }) });
    expect([begun.status, own.status, another.status]).toEqual([200, 200, 404]);
    expect((await me(other)).body.realm).toBe(globex.issuer);
  });
});

describe('what a token may', () => {
  test('is asked on every route, of evidence that is kept, and told with the scope that is missing', async () => {
    const token = good({ scope: 'graph:read' });
    const answer = { active: true, sub: 'alice', aud: audience, scope: 'graph:read' };
    acme.knows('opaque-scopes-5f2c81d9e0', answer);
    for (const one of [token, 'opaque-scopes-5f2c81d9e0']) {
      expect((await send(`${server.url}/v1/graph`, { token: one })).status).toBe(200);
      const denied = await send(`${server.url}/v1/graph/invoke`, { token: one, body: say('Hello') });
      expect([denied.status, denied.body.code]).toEqual([403, 'ACCESS_DENIED']);
      expect(denied.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="graph:invoke"');
    }
    expect(acme.asked).toHaveLength(1);
  });
});

describe('what an endpoint says of a token', () => {
  const alice = () => ({ active: true, sub: 'alice', aud: audience, exp: inSeconds(3600) });
  let count = 0;
  const tokenFor = (answer: object | Misbehaviour) => {
    count += 1;
    acme.knows(`opaque-${count}-8d1f60a2c7`, answer);
    return `opaque-${count}-8d1f60a2c7`;
  };

  test.each<[string, () => object]>([
    ['not active', () => ({ ...alice(), active: false })],
    ['past its end', () => ({ ...alice(), exp: inSeconds(-1) })],
    ['for somebody else', () => ({ ...alice(), aud: 'them' })],
    ['without an audience', () => ({ ...alice(), aud: undefined })],
    ['DPoP', () => ({ ...alice(), token_type: 'DPoP' })],
    ['bound to a key', () => ({ ...alice(), cnf: { jkt: 'x' } })],
  ])('%s: 401', async (_what, answer) => {
    expect([await statusOf(tokenFor(answer())), await statusOf(tokenFor(alice()))]).toEqual([401, 200]);
  });

  test.each<[string, () => object | Misbehaviour]>([
    ['active: "true"', () => ({ ...alice(), active: 'true' })],
    ['active: 1', () => ({ ...alice(), active: 1 })],
    ['no active', () => ({ ...alice(), active: undefined })],
    ['HTML', () => answers('<html>', 200, { 'Content-Type': 'text/html' })],
    ['201', () => answers(alice(), 201)],
    ['204', () => answers('', 204)],
    ['302', () => redirectsTo(`${acme.issuer}/elsewhere`)],
    ['401: our credential is bad', () => answers({ error: 'invalid_client' }, 401)],
    ['a break', () => breaks],
    ['200 MB', () => floods(200 * 1024 * 1024).misbehaviour],
  ])('%s: 503, and why is for the operator', async (_what, answer) => {
    acme.on('/elsewhere', answers(alice()));
    const token = tokenFor(answer());
    const { status, text, body } = await me(token);
    expect([status, body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(text).not.toMatch(/opaque-|endpoint|introspect|127\.0\.0\.1|\.ts/);
    expect(acme.requestsTo('/elsewhere')).toBe(0);
    acme.knows(token, alice());
    expect(await statusOf(token)).toBe(200);
  });
});

test('no token and no secret is told to anybody', async () => {
  await expect.poll(() => server.output()).toContain('does not take \\"client_id\\" and \\"client_secret\\"');
  const output = server.output();
  for (const text of [secret, 'opaque-', good().split('.')[1]?.slice(0, 40) ?? '']) expect(output).not.toContain(text);
});

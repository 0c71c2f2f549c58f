import { createHmac, sign as signWith } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { generateKeys } from '../harness/key-pairs.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/*
 * Security bar 1 to 9 and 12: attacks on a JWT by shared secret. Each is refused with 401, and each has its positive twin: the same
 * token without the one defect, which is let in by the same server.
 */

const issuer = 'https://issuer.test';
const audience = 'agentflow-test';
const secret = createSecret();

let project: Project;
let server: RunningAgentflow;
let canary: Server;
let canaryUrl: string;
let canaryConnections = 0;

beforeAll(async () => {
  canary = createServer((_request, response) => response.end('{"keys":[]}')).on('connection', () => {
    canaryConnections += 1;
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  canaryUrl = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
  const auth = { method: 'jwt', issuer, audience, max_lifetime: '2h', clock_tolerance: '5s' };
  project = createProject({ 'agentflow.json': { agent: exampleGraph, auth } });
  server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
});

afterAll(async () => {
  canary.close();
  expect(await server.stop()).toBe(0);
  project.remove();
});

const header = { alg: 'HS256', typ: 'JWT' };
const claims = () => ({ sub: 'alice', iss: issuer, aud: audience, iat: inSeconds(0), exp: inSeconds(3600) });
const good = (moreClaims: object = {}, moreHeader: object = {}) =>
  signToken({ ...claims(), ...moreClaims }, secret, { ...header, ...moreHeader });
const without = (name: keyof ReturnType<typeof claims>) => {
  const { [name]: _gone, ...rest } = claims();
  return signToken(rest, secret);
};
const rawPayload = (text: string) => signToken(text, secret);
const json = () => JSON.stringify(claims());

async function attempt(token: string) {
  return send(`${server.url}/v1/auth/me`, { headers: { Authorization: `Bearer ${token}` } });
}

async function expectRefused(token: string, code = 'AUTH_REQUIRED'): Promise<void> {
  const { status, body, headers, text } = await attempt(token);
  expect({ status, code: body.code, detail: body.detail }).toEqual({ status: 401, code, detail: 'Unauthorized' });
  expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="agentflow"/);
  for (const part of token.split('.')) if (part.length > 10) expect(text).not.toContain(part);
}

type Attacks = readonly (readonly [name: string, make: () => string])[];

/** Every table of attacks runs beside its twin, in the same server. */
function describeAttacks(name: string, attacks: Attacks, twin: () => string = good): void {
  describe(name, () => {
    test('the positive twin is let in', async () => {
      expect((await attempt(twin())).status).toBe(200);
    });
    test.each(attacks)('%s', async (_what, make) => expectRefused(make()));
  });
}

function unsigned(head: object | string): string {
  return `${signToken(claims(), secret, head).split('.').slice(0, 2).join('.')}.`;
}

describeAttacks('1. no signature, or another algorithm', [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg) => [`alg ${alg}`, () => unsigned({ alg, typ: 'JWT' })] as const),
  ['alg none with a signature', () => good({}, { alg: 'none' })],
  ['an empty signature', () => unsigned(header)],
  ['a signature of nothing', () => `${unsigned(header)}AA`],
  ['two alg members, the last one good', () => signToken(claims(), secret, '{"alg":"none","alg":"HS256","typ":"JWT"}')],
  ['no alg', () => signToken(claims(), secret, { typ: 'JWT' })],
  ['alg of another type', () => signToken(claims(), secret, { alg: ['HS256'], typ: 'JWT' })],
  ['alg in another case', () => good({}, { alg: 'hs256' })],
  ['HS384 with the same secret', () => signToken(claims(), secret, { ...header, alg: 'HS384' }, 'sha384')],
  ['HS512 with the same secret', () => signToken(claims(), secret, { ...header, alg: 'HS512' }, 'sha512')],
  ['another secret', () => signToken(claims(), createSecret())],
  ['an empty secret', () => signToken(claims(), '')],
]);

describe('2. keys of another kind', () => {
  const { privateKey, publicKey } = generateKeys('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyForms: Attacks = [
    ['PEM', () => pem],
    ['PEM without its last line break', () => pem.trimEnd()],
    ['DER', () => publicKey.export({ type: 'spki', format: 'der' }).toString('binary')],
    ['JWK', () => JSON.stringify(publicKey.export({ format: 'jwk' }))],
    ['modulus', () => String(publicKey.export({ format: 'jwk' }).n)],
  ];
  test.each(keyForms)('HS256 with a public key as its secret: %s', async (_what, key) => {
    await expectRefused(signToken(claims(), key()));
  });
  test('RS256', async () => {
    const signed = signToken(claims(), secret, { alg: 'RS256', typ: 'JWT' }).split('.').slice(0, 2).join('.');
    await expectRefused(`${signed}.${signWith('sha256', Buffer.from(signed), privateKey).toString('base64url')}`);
  });
});

describeAttacks(
  '3. a header that brings or names a key',
  [
    ['jwk', () => good({}, { jwk: { kty: 'oct', k: Buffer.from(secret).toString('base64url') } })],
    ['jku', () => good({}, { jku: `${canaryUrl}/keys` })],
    ['x5u', () => good({}, { x5u: `${canaryUrl}/cert` })],
    ['x5c', () => good({}, { x5c: ['MIIB'] })],
    ['kid as a path', () => good({}, { kid: '../../../../dev/null' })],
    ['kid as a query', () => good({}, { kid: "x' UNION SELECT 'key'--" })],
    ['kid with NUL', () => good({}, { kid: 'a\u0000b' })],
    ['kid of 10 kB', () => good({}, { kid: 'k'.repeat(10_000) })],
    ['kid of another type', () => good({}, { kid: { toString: 'x' } })],
    ['kid as an address', () => good({}, { kid: `${canaryUrl}/kid` })],
  ],
  () => good({}, { kid: 'key-2026.1' }),
);

test('3. nobody has fetched a key', () => {
  expect(canaryConnections).toBe(0);
});

describeAttacks('4. other forms of a token', [
  ['crit', () => good({}, { crit: ['exp'], exp: 1 })],
  ['crit with an unknown name', () => good({}, { crit: ['https://x.test/y'], 'https://x.test/y': true })],
  ['b64: false', () => good({}, { b64: false, crit: ['b64'] })],
  ['b64: true', () => good({}, { b64: true })],
  ['zip', () => good({}, { zip: 'DEF' })],
  ['nested: cty JWT', () => good({}, { cty: 'JWT' })],
  ['two segments', () => good().split('.').slice(0, 2).join('.')],
  ['four segments', () => `${good()}.${'a'.repeat(12)}`],
  ['five segments, as an encrypted token has', () => `${good()}.${'b'.repeat(12)}.${'c'.repeat(12)}`],
  [
    'JSON serialization',
    () =>
      JSON.stringify({
        payload: good().split('.')[1],
        protected: good().split('.')[0],
        signature: good().split('.')[2],
      }),
  ],
  ['nothing', () => '.'],
  ['three empty segments', () => '..'],
]);

/** The same bytes with a bit set that base64url leaves over; undefined where there is none. */
function withUnusedBits(text: string): string | undefined {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  if (text.length % 4 === 0) return undefined;
  const changed = text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1];
  expect(Buffer.from(changed, 'base64url')).toEqual(Buffer.from(text, 'base64url'));
  return changed;
}

/** Whoever has the key can sign any text, canonical or not. */
const signSegments = (head: string, payload: string) =>
  createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');

describe('5. one token has one text', () => {
  test('the positive twin is let in', async () => {
    expect((await attempt(good())).status).toBe(200);
  });

  /** Header and payload are signed as they then stand, so that nothing but the form of the text can be at fault. */
  const mutate = (index: number, change: (segment: string) => string, token = good()) => {
    const changed = token.split('.').map((segment, at) => (at === index ? change(segment) : segment));
    const [head = '', payload = '', signature = ''] = changed;
    return [head, payload, index === 2 ? signature : signSegments(head, payload)].join('.');
  };
  const changes: readonly (readonly [string, (segment: string) => string])[] = [
    ['a trailing =', (segment) => `${segment}=`],
    ['a trailing ==', (segment) => `${segment}==`],
    ['a space inside', (segment) => `${segment.slice(0, 5)} ${segment.slice(5)}`],
    ['a tab inside', (segment) => `${segment.slice(0, 5)}\t${segment.slice(5)}`],
    ['%20 inside', (segment) => `${segment.slice(0, 5)}%20${segment.slice(5)}`],
    ['a foreign character', (segment) => `${segment.slice(0, 5)}!${segment.slice(5)}`],
    ['a plus', (segment) => `${segment.slice(0, -1)}+`],
    ['a slash', (segment) => `${segment.slice(0, -1)}/`],
  ];
  for (const [index, name] of ['header', 'payload', 'signature'].entries()) {
    test.each(changes)(`the ${name} with %s`, async (_what, change) => expectRefused(mutate(index, change)));
  }

  // Of three lengths next to each other at least two leave bits over; padding a claim reaches them all.
  test.each([0, 1, 2])('unused bits, in every segment that has some (padding %i)', async (padding) => {
    const token = signToken({ ...claims(), pad: 'x'.repeat(padding) }, secret, {
      ...header,
      kid: 'k'.repeat(padding + 1),
    });
    expect((await attempt(token)).status).toBe(200);
    const segments = token.split('.');
    const changed = segments.map(withUnusedBits);
    expect(changed.filter((segment) => segment !== undefined).length).toBeGreaterThan(0);
    for (const [index, segment] of changed.entries()) {
      if (segment !== undefined) await expectRefused(mutate(index, () => segment, token));
    }
  });
});

describeAttacks(
  '6. JSON that can be read in two ways',
  [
    ['sub twice', () => rawPayload(`{"sub":"admin",${json().slice(1)}`)],
    ['sub twice, once escaped', () => rawPayload(`{"s\\u0075b":"admin",${json().slice(1)}`)],
    ['exp twice', () => rawPayload(`{"exp":1,${json().slice(1)}`)],
    ['a nested member twice', () => rawPayload(`{"a":{"b":1,"b":2},${json().slice(1)}`)],
    ['typ twice in the header', () => signToken(claims(), secret, '{"alg":"HS256","typ":"JWT","typ":"JWT"}')],
    ['a byte-order mark', () => rawPayload(`\ufeff${json()}`)],
    ['bytes after the end', () => rawPayload(`${json()}x`)],
    ['a second object after the end', () => rawPayload(`${json()}{}`)],
    ['an array', () => rawPayload(`[${json()}]`)],
    ['a text', () => rawPayload(JSON.stringify('alice'))],
    ['null', () => rawPayload('null')],
    ['a depth of 1,000', () => rawPayload(`{"deep":${'['.repeat(1000)}${']'.repeat(1000)},${json().slice(1)}`)],
    ['__proto__', () => rawPayload(`{"__proto__":{"roles":["admin"]},${json().slice(1)}`)],
    ['a header that is an array', () => signToken(claims(), secret, '["HS256"]')],
  ],
  () => rawPayload(` ${json().replace('{', '{ ')}\n`),
);

describe('7. time', () => {
  const later = (seconds: number) => ({ exp: inSeconds(seconds) });
  test.each<readonly [string, () => string]>([
    ['exp missing', () => without('exp')],
    ['exp null', () => good({ exp: null })],
    ['exp as a text', () => good({ exp: String(inSeconds(3600)) })],
    ['exp negative', () => good({ exp: -1 })],
    ['exp infinite', () => rawPayload(json().replace(/"exp":\d+/, '"exp":1e400'))],
    ['exp 2^53+1', () => rawPayload(json().replace(/"exp":\d+/, '"exp":9007199254740993'))],
    ['nbf in the future', () => good({ nbf: inSeconds(60) })],
    ['nbf as a text', () => good({ nbf: '0' })],
    ['iat in the future', () => good({ iat: inSeconds(60) })],
    ['a lifetime above the maximum', () => good(later(3 * 3600))],
    ['a lifetime above the maximum, without iat', () => good({ ...later(3 * 3600), iat: undefined })],
  ])('%s', async (_what, make) => expectRefused(make()));

  test('past by more than the tolerance: told as expired', async () => {
    await expectRefused(good({ exp: inSeconds(-8), iat: inSeconds(-60) }), 'TOKEN_EXPIRED');
  });

  test.each<readonly [string, () => string]>([
    ['past by less than the tolerance', () => good({ exp: inSeconds(-2), iat: inSeconds(-60) })],
    ['issued ahead by less than the tolerance', () => good({ iat: inSeconds(3) })],
    ['not before a moment ahead, within the tolerance', () => good({ nbf: inSeconds(3) })],
    ['a fraction of a second', () => good({ exp: inSeconds(3600) + 0.5 })],
    ['exactly the longest lifetime', () => good(later(2 * 3600))],
  ])('%s is let in', async (_what, make) => {
    expect((await attempt(make())).status).toBe(200);
  });

  test('a token that was let in is refused once it has expired, though it is remembered', async () => {
    const token = good({ exp: inSeconds(-3), iat: inSeconds(-60) });
    expect((await attempt(token)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 3200));
    await expectRefused(token, 'TOKEN_EXPIRED');
  });
});

describeAttacks(
  '8. issuer and audience',
  [
    ['no issuer', () => without('iss')],
    ['a trailing slash', () => good({ iss: `${issuer}/` })],
    ['another case', () => good({ iss: issuer.toUpperCase() })],
    ['a look-alike that begins alike', () => good({ iss: `${issuer}.evil.test` })],
    ['an issuer in a list', () => good({ iss: [issuer] })],
    ['no audience', () => without('aud')],
    ['another audience', () => good({ aud: 'other' })],
    ['a list without us', () => good({ aud: ['other', 'another'] })],
    ['an empty list', () => good({ aud: [] })],
    ['a list with something that is no text', () => good({ aud: [audience, 7] })],
    ['an object', () => good({ aud: { [audience]: true } })],
  ],
  () => good({ aud: ['other', audience] }),
);

describeAttacks(
  '9. tokens that were made for something else',
  [
    ...[
      'at+jwt',
      'application/at+jwt',
      'dpop+jwt',
      'logout+jwt',
      'secevent+jwt',
      'refresh+jwt',
      'JOSE',
      '',
      'JWT ',
      'ＪＷＴ',
    ].map((typ) => [`typ ${JSON.stringify(typ)}`, () => good({}, { typ })] as const),
    ['typ of another type', () => good({}, { typ: ['JWT'] })],
  ],
  () => signToken(claims(), secret, { alg: 'HS256' }),
);

describeAttacks(
  'who it is for',
  [
    ['a number', () => good({ sub: 42 })],
    ['a list', () => good({ sub: ['alice'] })],
    ['an object', () => good({ user_id: { id: 'alice' } })],
    ['nothing', () => good({ sub: '' })],
    ['nobody', () => without('sub')],
    ['a line break', () => good({ sub: 'alice\nadmin' })],
    ['roles of a wrong type', () => good({ roles: { admin: true } })],
    ['scopes of a wrong type', () => good({ scope: 1 })],
  ],
  () => good({ sub: undefined, user_id: 'alice' }),
);

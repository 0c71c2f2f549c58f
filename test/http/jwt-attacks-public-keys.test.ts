import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyPair, generateKeys, type KeyPair, signTokenWith } from '../harness/key-pairs.js';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/*
 * Security bar 1 to 11: attacks on a JWT by public key, alone and in a list of entries. Each is refused with 401, and each
 * table has its positive twin: a token without the defect, which is let in by the same server.
 */

const audience = 'agentflow-test';
const [acme, globex] = ['https://acme.test', 'https://globex.test'];

const rsa = createKeyPair('RS256');
const pss = createKeyPair('PS384');
const [ec, olderEc] = [createKeyPair('ES256'), createKeyPair('ES256')];
const ed = createKeyPair('EdDSA');
/** Of nobody that is configured. */
const stranger = { RS256: createKeyPair('RS256'), ES256: createKeyPair('ES256'), EdDSA: createKeyPair('EdDSA') };

const jwks = {
  keys: [
    rsa.jwk({ kid: 'rsa-1', use: 'sig', alg: 'RS256' }),
    pss.jwk({ kid: 'pss-1', alg: 'PS384' }),
    ec.jwk({ kid: 'ec-2', alg: 'ES256' }),
    olderEc.jwk({ kid: 'ec-1', alg: 'ES256' }),
  ],
};

/** One issuer, one key, as most have it. */
const alone = serve(
  {
    agent: exampleGraph,
    auth: { method: 'jwt', public_key: { file: 'keys/acme.pem' }, issuer: acme, audience, type: 'at+jwt' },
  },
  { files: { 'keys/acme.pem': rsa.pem } },
);

/** Two issuers and secrets of one's own, in one list. */
const list = serve(
  {
    agent: exampleGraph,
    auth: [
      { method: 'jwt', jwks: { file: 'keys/acme.json' }, issuer: acme, audience },
      { method: 'jwt', public_key: { file: 'keys/globex.pem' }, issuer: globex, audience },
      { method: 'jwt', secret: '${JWT_SECRET_KEY}', previous_secrets: ['${OLD_SECRET}'] },
    ],
  },
  {
    files: { 'keys/acme.json': jwks, 'keys/globex.pem': ed.pem },
    env: { OLD_SECRET: '5f0c1d2e3b4a59687786a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0' },
  },
);

let canary: Server;
let canaryUrl: string;
let canaryConnections = 0;

beforeAll(async () => {
  canary = createServer((_request, response) => response.end(JSON.stringify(jwks))).on('connection', () => {
    canaryConnections += 1;
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  canaryUrl = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
});

afterAll(() => canary.close());

const claims = (more: object = {}) => ({ sub: 'alice', iss: acme, aud: audience, exp: inSeconds(3600), ...more });
const localClaims = (more: object = {}) => ({ sub: 'alice', exp: inSeconds(3600), ...more });
const access = (more: object = {}) => ({ alg: 'RS256', typ: 'at+jwt', ...more });
const byKid = (pair: KeyPair, kid: string, more: object = {}, payload: object = claims()) =>
  pair.sign(payload, { alg: pair.algorithm, typ: 'JWT', kid, ...more });

const attempt = (server: typeof alone, token: string) => send(`${server.url}/v1/auth/me`, { token });

async function expectRefused(server: typeof alone, token: string, code = 'AUTH_REQUIRED'): Promise<void> {
  const { status, body, headers, text } = await attempt(server, token);
  expect({ status, code: body.code, detail: body.detail }).toEqual({ status: 401, code, detail: 'Unauthorized' });
  expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="agentflow"/);
  for (const part of token.split('.')) if (part.length > 10) expect(text).not.toContain(part);
}

type Attacks = readonly (readonly [name: string, make: () => string])[];

function describeAttacks(name: string, server: typeof alone, twin: () => string, attacks: Attacks): void {
  describe(name, () => {
    test('the positive twin is let in', async () => {
      expect((await attempt(server, twin())).status).toBe(200);
    });
    test.each(attacks)('%s', async (_what, make) => expectRefused(server, make()));
  });
}

const good = () => rsa.sign(claims(), access());

describe('2. a public key as a secret: HS256, HS384 and HS512 over everything that everybody may know', () => {
  const { publicKey, pem } = rsa;
  const jwk = publicKey.export({ format: 'jwk' });
  const forms: readonly (readonly [string, string | Buffer])[] = [
    ['PEM', pem],
    ['PEM without its last line break', pem.trimEnd()],
    ['PEM with another line break', `${pem}\n`],
    ['PEM with a space', `${pem} `],
    ['PEM with Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['PEM of PKCS #1', publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['the base64 inside', pem.replace(/-----.*-----|\n/g, '')],
    ['DER', publicKey.export({ type: 'spki', format: 'der' })],
    ['JWK', JSON.stringify(jwk)],
    ['the modulus, as text', String(jwk.n)],
    ['the modulus, as bytes', Buffer.from(String(jwk.n), 'base64url')],
    ['nothing', ''],
  ];
  const cases = forms.flatMap(([what, key]) => [256, 384, 512].map((size) => [`HS${size}`, what, key] as const));
  test('the positive twin is let in', async () => {
    expect((await attempt(alone, good())).status).toBe(200);
  });
  test.each(cases)('%s with %s', async (alg, _what, key) => {
    const header = { alg, typ: 'at+jwt' };
    await expectRefused(alone, signToken(claims(), key, header, `sha${alg.slice(2)}`));
    const inList = signToken(claims(), key, { alg, typ: 'JWT', kid: 'rsa-1' }, `sha${alg.slice(2)}`);
    await expectRefused(list, inList);
  });
});

describeAttacks('1. no signature, or another algorithm', alone, good, [
  ...['none', 'None', 'NONE', 'nOnE'].map(
    (alg) => [`alg ${alg}`, () => `${rsa.sign(claims(), access({ alg })).split('.').slice(0, 2).join('.')}.`] as const,
  ),
  ['alg none with a good signature', () => rsa.sign(claims(), access({ alg: 'none' }))],
  ['two alg members', () => rsa.sign(claims(), '{"alg":"none","alg":"RS256","typ":"at+jwt"}')],
  ['no alg', () => rsa.sign(claims(), { typ: 'at+jwt' })],
  ['alg in another case', () => rsa.sign(claims(), access({ alg: 'rs256' }))],
  ['RS384 with the same key', () => signTokenWith('RS384', rsa.privateKey, claims(), access({ alg: 'RS384' }))],
  ['RS512 with the same key', () => signTokenWith('RS512', rsa.privateKey, claims(), access({ alg: 'RS512' }))],
  ['PS256 with the same key', () => signTokenWith('PS256', rsa.privateKey, claims(), access({ alg: 'PS256' }))],
  ['PS256 called RS256', () => signTokenWith('PS256', rsa.privateKey, claims(), access())],
  ['RS384 called RS256', () => signTokenWith('RS384', rsa.privateKey, claims(), access())],
  ['ES256', () => ec.sign(claims(), access({ alg: 'ES256' }))],
  ['ES256K', () => ec.sign(claims(), access({ alg: 'ES256K' }))],
  ['an algorithm for encryption', () => rsa.sign(claims(), access({ alg: 'RSA-OAEP' }))],
  ["another key's signature", () => stranger.RS256.sign(claims(), access())],
  [
    'a signature of zeros',
    () => `${good().split('.').slice(0, 2).join('.')}.${Buffer.alloc(256).toString('base64url')}`,
  ],
  [
    'a signature of 1',
    () =>
      `${good().split('.').slice(0, 2).join('.')}.${Buffer.alloc(256, '\u0001', 'latin1').fill(0, 0, 255).toString('base64url')}`,
  ],
  [
    'a signature that is too short',
    () => `${good().split('.').slice(0, 2).join('.')}.${Buffer.alloc(255, 7).toString('base64url')}`,
  ],
  [
    "another token's signature",
    () => `${good().split('.').slice(0, 2).join('.')}.${rsa.sign(claims({ sub: 'bob' }), access()).split('.')[2]}`,
  ],
]);

/** The two halves of an ECDSA signature, changed (RFC 7518 §3.4). */
function withHalves(token: string, change: (r: Buffer, s: Buffer) => Buffer): string {
  const [head, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  return `${head}.${payload}.${change(bytes.subarray(0, 32), bytes.subarray(32)).toString('base64url')}`;
}

const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const zero = Buffer.alloc(32);
const goodEc = () => byKid(ec, 'ec-2');

describeAttacks('1. signatures on an elliptic curve', list, goodEc, [
  ['r and s zero', () => withHalves(goodEc(), () => Buffer.concat([zero, zero]))],
  ['r zero', () => withHalves(goodEc(), (_r, s) => Buffer.concat([zero, s]))],
  ['s zero', () => withHalves(goodEc(), (r) => Buffer.concat([r, zero]))],
  ['r and s the order', () => withHalves(goodEc(), () => Buffer.concat([order, order]))],
  ['r and s exchanged', () => withHalves(goodEc(), (r, s) => Buffer.concat([s, r]))],
  ['only r', () => withHalves(goodEc(), (r) => r)],
  ['one byte more', () => withHalves(goodEc(), (r, s) => Buffer.concat([r, s, Buffer.alloc(1)]))],
  [
    'in DER',
    () => withHalves(goodEc(), (r, s) => Buffer.concat([Buffer.from([0x30, 68, 2, 32]), r, Buffer.from([2, 32]), s])),
  ],
  ["a stranger's key", () => byKid(stranger.ES256, 'ec-2')],
  ['another curve', () => createKeyPair('ES384').sign(claims(), { alg: 'ES384', typ: 'JWT', kid: 'ec-2' })],
]);

test('1. Ed25519: a signature of zeros, of another key, of another payload', async () => {
  const payload = claims({ iss: globex });
  const token = ed.sign(payload);
  expect((await attempt(list, token)).status).toBe(200);
  const [head, body] = token.split('.');
  await expectRefused(list, `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`);
  await expectRefused(list, stranger.EdDSA.sign(payload));
  await expectRefused(list, `${head}.${body}.${ed.sign(claims({ iss: globex, sub: 'root' })).split('.')[2]}`);
});

describeAttacks('3. a header that brings or names a key', alone, good, [
  ['jwk', () => stranger.RS256.sign(claims(), access({ jwk: stranger.RS256.jwk() }))],
  ['jwk, of our own key', () => rsa.sign(claims(), access({ jwk: rsa.jwk() }))],
  ['jku', () => stranger.RS256.sign(claims(), access({ jku: `${canaryUrl}/keys` }))],
  ['x5u', () => stranger.RS256.sign(claims(), access({ x5u: `${canaryUrl}/cert` }))],
  ['x5c', () => stranger.RS256.sign(claims(), access({ x5c: ['MIIB'] }))],
  ['crit', () => rsa.sign(claims(), access({ crit: ['exp'], exp: 1 }))],
  ['b64: false', () => rsa.sign(claims(), access({ b64: false, crit: ['b64'] }))],
  ['kid as a path', () => rsa.sign(claims(), access({ kid: '../keys/acme.pem' }))],
  ['kid as an address', () => rsa.sign(claims(), access({ kid: `${canaryUrl}/kid` }))],
]);

describeAttacks('3. the choice of a key among several', list, goodEc, [
  ['an unknown kid', () => byKid(ec, 'ec-3')],
  ["another key's kid", () => byKid(ec, 'ec-1')],
  ['the kid of a key of another kind', () => byKid(ec, 'rsa-1')],
  ['the kid in another case', () => byKid(ec, 'EC-2')],
  ['the kid with a space', () => byKid(ec, 'ec-2 ')],
  ['an empty kid', () => byKid(ec, '')],
  ['a number', () => ec.sign(claims(), { alg: 'ES256', kid: 2 })],
  ['a list', () => ec.sign(claims(), { alg: 'ES256', kid: ['ec-2'] })],
  ['null', () => ec.sign(claims(), { alg: 'ES256', kid: null })],
  ['no kid, where two keys fit', () => ec.sign(claims())],
  ['an unknown kid, where one key fits', () => byKid(rsa, 'rsa-2')],
  ['kid as a path', () => byKid(ec, '../../ec-2')],
  ['kid as a path that ends well', () => byKid(ec, './ec-2')],
  ['kid as a query', () => byKid(ec, "x' UNION SELECT 'ec-2'--")],
  ['kid with NUL', () => byKid(ec, 'ec-2\u0000')],
  ['kid of 7 kB', () => byKid(ec, 'k'.repeat(7000))],
  ['kid __proto__', () => byKid(ec, '__proto__')],
  ['kid constructor', () => byKid(ec, 'constructor')],
]);

describe('3. what chooses well is let in', () => {
  test.each<[string, () => string]>([
    ['the older key by its kid', () => byKid(olderEc, 'ec-1')],
    ['RSA by its kid', () => byKid(rsa, 'rsa-1')],
    ['RSA-PSS by its kid', () => byKid(pss, 'pss-1')],
    ['RSA without a kid: one key fits', () => rsa.sign(claims())],
  ])('%s', async (_what, make) => {
    expect((await attempt(list, make())).status).toBe(200);
  });
});

test('3. nobody has fetched a key', () => {
  expect(canaryConnections).toBe(0);
});

describe('5. one token has one text', () => {
  test.each<[string, () => string]>([
    ['a trailing =', () => `${good()}=`],
    ['a space', () => good().replace('.', ' .')],
    ['unused bits in the signature', () => good().replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))],
  ])('%s', async (_what, make) => expectRefused(alone, make()));
});

describeAttacks('7. time', alone, () => rsa.sign(claims({ nbf: inSeconds(0), iat: inSeconds(0) }), access()), [
  ['exp missing', () => rsa.sign(claims({ exp: undefined }), access())],
  ['exp as a text', () => rsa.sign(claims({ exp: String(inSeconds(60)) }), access())],
  ['nbf in the future', () => rsa.sign(claims({ nbf: inSeconds(60) }), access())],
  ['iat in the future', () => rsa.sign(claims({ iat: inSeconds(60) }), access())],
]);

test('7. past: told as expired, but only of a token whose signature is good', async () => {
  await expectRefused(alone, rsa.sign(claims({ exp: inSeconds(-60) }), access()), 'TOKEN_EXPIRED');
  await expectRefused(alone, stranger.RS256.sign(claims({ exp: inSeconds(-60) }), access()));
});

describeAttacks('8. issuer and audience', alone, () => rsa.sign(claims({ aud: ['other', audience] }), access()), [
  ['no issuer', () => rsa.sign(claims({ iss: undefined }), access())],
  ['another issuer', () => rsa.sign(claims({ iss: globex }), access())],
  ['a trailing slash', () => rsa.sign(claims({ iss: `${acme}/` }), access())],
  ['another case', () => rsa.sign(claims({ iss: acme.toUpperCase() }), access())],
  ['a look-alike that begins alike', () => rsa.sign(claims({ iss: `${acme}.evil.test` }), access())],
  ['an issuer in a list', () => rsa.sign(claims({ iss: [acme] }), access())],
  ['no audience', () => rsa.sign(claims({ aud: undefined }), access())],
  ['another audience', () => rsa.sign(claims({ aud: 'other' }), access())],
  ['an empty list', () => rsa.sign(claims({ aud: [] }), access())],
  ['a list without us', () => rsa.sign(claims({ aud: ['other'] }), access())],
]);

describeAttacks(
  '9. tokens that were made for something else',
  alone,
  () => rsa.sign(claims(), access({ typ: 'application/AT+jwt' })),
  [
    ['an ID token', () => rsa.sign(claims(), access({ typ: 'JWT' }))],
    ['no type', () => rsa.sign(claims(), { alg: 'RS256' })],
    ...['dpop+jwt', 'logout+jwt', 'secevent+jwt', 'at+jwtx', ''].map(
      (typ) => [`typ ${JSON.stringify(typ)}`, () => rsa.sign(claims(), access({ typ }))] as const,
    ),
  ],
);

describe('10. several entries in one list', () => {
  const me = async (token: string) => (await attempt(list, token)).body;

  test('each lets in its own, and one subject of three issuers is three principals', async () => {
    const answers = [
      await me(byKid(rsa, 'rsa-1')),
      await me(ed.sign(claims({ iss: globex }))),
      await me(signToken(localClaims(), list.secret)),
    ];
    expect(answers.map(({ realm, subject }) => [realm, subject])).toEqual([
      [acme, 'alice'],
      [globex, 'alice'],
      ['local', 'alice'],
    ]);
  });

  test('the older secret verifies', async () => {
    const older = '5f0c1d2e3b4a59687786a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';
    expect((await attempt(list, signToken(localClaims(), older))).status).toBe(200);
  });

  test.each<[string, () => string]>([
    ["the first's key with the second's name", () => byKid(rsa, 'rsa-1', {}, claims({ iss: globex }))],
    ["the second's key with the first's name", () => ed.sign(claims())],
    ["the second's key with the first's name and kid", () => byKid(ed, 'rsa-1')],
    ['a key of an issuer that is not configured', () => rsa.sign(claims({ iss: 'https://evil.test' }))],
    ['a stranger with the name of the first', () => byKid(stranger.RS256, 'rsa-1')],
    ['a stranger with the name of the second', () => stranger.EdDSA.sign(claims({ iss: globex }))],
    ['a public key without any issuer', () => rsa.sign(localClaims())],
    ['the name "local"', () => rsa.sign(claims({ iss: 'local' }))],
    ['the secret with an audience that it has not', () => signToken(localClaims({ aud: audience }), list.secret)],
    ["the secret with the first's audience and name", () => signToken(claims(), list.secret)],
    ['another secret', () => signToken(localClaims(), createUnknownSecret())],
    ['HS384 with the secret', () => signToken(localClaims(), list.secret, { alg: 'HS384' }, 'sha384')],
  ])('%s', async (_what, make) => expectRefused(list, make()));

  test('a list that a token fits nowhere ends in 401 with one challenge for each entry, and the log says why', async () => {
    const answer = await attempt(list, rsa.sign(claims({ iss: 'https://evil.test' })));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')?.match(/Bearer realm=/g)).toHaveLength(3);
    expect(answer.text).not.toContain('evil');
    expect(answer.text).not.toContain('issuer');
    await expect
      .poll(() => list.output())
      .toContain('no credential that jwt takes; jwt: \\"iss\\" is not the configured issuer');
  });
});

function createUnknownSecret(): string {
  return generateKeys('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('hex');
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificate } from '../../../../test/harness/certificate.js';
import { createJwtBackend, type JwtBackend } from '../../../../test/harness/jwt-backend.js';
import { createKeyPair } from '../../../../test/harness/key-pairs.js';
import { createProject, createSecret, type Project } from '../../../../test/harness/project.js';
import { inSeconds, signToken } from '../../../../test/harness/tokens.js';
import { createPublicKeyChoice, type VerificationKey } from './choose-keys.js';

const issuer = 'https://issuer.test';
const audience = 'agentflow-test';
const claims = (more: object = {}) => ({ sub: 'alice', iss: issuer, aud: audience, exp: inSeconds(3600), ...more });

const ec = createKeyPair('ES256');
const otherEc = createKeyPair('ES256');
const rsa = createKeyPair('RS256');

let project: Project;
beforeAll(() => {
  project = createProject({
    'keys/ec.pem': ec.pem,
    'keys/ec.crt': `Certificate:\n    Data: …\n${createCertificate(ec.privateKey, ec.publicKey)}`,
    'keys/ec.jwk.json': ec.jwk(),
    'keys/set.json': { keys: [ec.jwk({ kid: 'ec-1', use: 'sig', alg: 'ES256', key_ops: ['verify'] })] },
  });
});
afterAll(() => project.remove());

const kindOf = async (backend: JwtBackend, token: string) => (await backend.present(token)).kind;

describe('every form of a public key', () => {
  test.each<[string, object, Record<string, string>?]>([
    ['PEM, as a file', { public_key: { file: 'keys/ec.pem' } }],
    ['a certificate, as a file', { public_key: { file: 'keys/ec.crt' } }],
    ['a JWK, as a file', { public_key: { file: 'keys/ec.jwk.json' } }],
    ['a JWK Set, as a file', { jwks: { file: 'keys/set.json' } }],
    ['PEM, as text', { public_key: ec.pem }],
    ['PEM in one line', { public_key: ec.pem.replaceAll('\n', '\\n') }],
    ['PEM with Windows line ends', { public_key: ec.pem.replaceAll('\n', '\r\n') }],
    ['a JWK, as text', { public_key: JSON.stringify(ec.jwk()) }],
    ['a JWK, as JSON', { public_key: ec.jwk() }],
    ['a JWK Set, as JSON', { jwks: { keys: [ec.jwk({ kid: 'ec-1' })] } }],
    ['a list', { public_keys: [{ file: 'keys/ec.pem' }, rsa.pem] }],
    ['JWT_PUBLIC_KEY', {}, { JWT_PUBLIC_KEY: ec.pem }],
    ['JWT_PUBLIC_KEY_FILE', {}, { JWT_PUBLIC_KEY_FILE: 'keys/ec.pem' }],
    ['JWT_PUBLIC_KEY and JWT_ALGORITHM', {}, { JWT_PUBLIC_KEY: ec.pem, JWT_ALGORITHM: 'ES256' }],
    [
      "another entry's JWT_ALGORITHM",
      { public_key: ec.pem },
      { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: createSecret() },
    ],
  ])('%s', async (_what, options, environment = {}) => {
    const backend = await createJwtBackend(
      { issuer, audience, ...options },
      { directory: project.directory, environment },
    );
    expect(backend.warnings).toEqual([]);
    expect(await kindOf(backend, ec.sign(claims()))).toBe('authenticated');
    expect(await kindOf(backend, otherEc.sign(claims()))).toBe('rejected');
  });
});

const withKid = (pair: typeof ec, kid: string) => pair.sign(claims(), { alg: pair.algorithm, kid });

describe('a token chooses its key by kid', () => {
  const jwks = { keys: [ec.jwk({ kid: 'new' }), otherEc.jwk({ kid: 'old' }), rsa.jwk({ kid: 'rsa' })] };
  test.each<[string, () => string, 'authenticated' | 'rejected']>([
    ['its own', () => withKid(ec, 'new'), 'authenticated'],
    ['its own, the second of its kind', () => withKid(otherEc, 'old'), 'authenticated'],
    ['its own, of another algorithm', () => withKid(rsa, 'rsa'), 'authenticated'],
    ['none, and one key fits', () => rsa.sign(claims()), 'authenticated'],
    ['none, and two keys fit', () => ec.sign(claims()), 'rejected'],
    ["another key's", () => withKid(ec, 'old'), 'rejected'],
    ["another algorithm's", () => withKid(ec, 'rsa'), 'rejected'],
    ['an unknown one', () => withKid(ec, 'newer'), 'rejected'],
    ['one in another case', () => withKid(ec, 'NEW'), 'rejected'],
    ['an unknown one, where only one key fits', () => withKid(rsa, 'newer'), 'rejected'],
    ['an empty one', () => withKid(ec, ''), 'rejected'],
    ['a path', () => withKid(ec, '../keys/new'), 'rejected'],
  ])('%s', async (_what, make, expected) => {
    const backend = await createJwtBackend({ jwks, issuer, audience });
    expect(await kindOf(backend, make())).toBe(expected);
  });

  test('an id that the operator gives a PEM is its kid, and no other is', async () => {
    const backend = await createJwtBackend({ public_key: { value: ec.pem, id: 'new' }, issuer, audience });
    expect(await kindOf(backend, withKid(ec, 'new'))).toBe('authenticated');
    expect(await kindOf(backend, withKid(ec, 'old'))).toBe('rejected');
  });

  test('where no key has an id, there is nothing to choose, and kid says nothing', async () => {
    const backend = await createJwtBackend({ public_key: ec.pem, issuer, audience });
    expect(await kindOf(backend, withKid(ec, 'whatever'))).toBe('authenticated');
    expect(await kindOf(backend, withKid(otherEc, 'whatever'))).toBe('rejected');
  });
});

describe('secrets take turns', () => {
  const [newest, previous, oldest, stranger] = [createSecret(), createSecret(), createSecret(), createSecret()];
  const token = (secret: string, kid?: string) =>
    signToken({ sub: 'alice', exp: inSeconds(3600) }, secret, { alg: 'HS256', ...(kid !== undefined && { kid }) });

  test.each<[string, object, Record<string, string>]>([
    ['the options', { secret: newest, previous_secrets: [previous, { value: oldest }] }, {}],
    ['the environment', {}, { JWT_SECRET_KEY: newest, JWT_SECRET_KEY_PREVIOUS: `${previous}, ${oldest}` }],
    ['files', {}, { JWT_SECRET_KEY_FILE: 'newest', JWT_SECRET_KEY_PREVIOUS_FILE: 'previous,oldest' }],
    [
      'files in the options',
      { secret: { file: 'newest' }, previous_secrets: [{ file: 'previous' }, { file: 'oldest' }] },
      {},
    ],
    ['both', { previous_secrets: [previous, oldest] }, { JWT_SECRET_KEY: newest }],
  ])('from %s: each verifies, a stranger does not', async (_what, options, environment) => {
    const files = createProject({ newest: `${newest}\n`, previous, oldest });
    const backend = await createJwtBackend(options, { directory: files.directory, environment });
    files.remove();
    expect(backend.description).toMatch(/^HS256, secret from .* \(and 2 previous\)$/);
    for (const secret of [newest, previous, oldest]) expect(await kindOf(backend, token(secret))).toBe('authenticated');
    expect(await backend.present(token(stranger))).toMatchObject({
      kind: 'rejected',
      reason: 'the signature is not good',
    });
  });

  test('by their ids: a token that names one is tried with no other, and every refusal is the same', async () => {
    const backend = await createJwtBackend({
      secret: { value: newest, id: '2026' },
      previous_secrets: [{ value: previous, id: '2025' }, oldest],
    });
    const good = [token(newest, '2026'), token(previous, '2025'), token(newest), token(previous), token(oldest)];
    for (const one of [...good, token(oldest, '2024')]) expect(await kindOf(backend, one)).toBe('authenticated');
    const bad = [
      token(newest, '2025'),
      token(previous, '2026'),
      token(newest, '2024'),
      token(stranger),
      token(stranger, '2026'),
    ];
    for (const one of bad) {
      expect(await backend.present(one)).toMatchObject({ kind: 'rejected', reason: 'the signature is not good' });
    }
  });

  test("the environment's previous secrets are not for an entry with a secret of its own", async () => {
    const backend = await createJwtBackend({ secret: newest }, { environment: { JWT_SECRET_KEY_PREVIOUS: previous } });
    expect(await kindOf(backend, token(newest))).toBe('authenticated');
    expect(await kindOf(backend, token(previous))).toBe('rejected');
  });
});

test('what was verified is remembered for its own entry only, and until it expires', async () => {
  let now = Date.now();
  const clock = { now: () => now };
  const first = await createJwtBackend({ public_key: ec.pem, issuer, audience }, { clock });
  const second = await createJwtBackend({ public_key: otherEc.pem, issuer, audience }, { clock });
  const token = ec.sign(claims({ jti: 'token-1', iat: inSeconds(0) }));
  const [answer, again] = [await first.present(token), await first.present(token)];
  expect(answer).toMatchObject({ kind: 'authenticated', evidence: { credentialId: 'token-1' } });
  expect(
    answer.kind === 'authenticated' && again.kind === 'authenticated' && answer.principal === again.principal,
  ).toBe(true);
  expect(await kindOf(second, token)).toBe('rejected');
  now += 3600_000 + 6000;
  expect(await first.present(token)).toMatchObject({ kind: 'rejected', code: 'TOKEN_EXPIRED' });
});

describe('what is for another entry', () => {
  test('of two issuers, each takes its own, and the same subject is two principals', async () => {
    const other = 'https://other.test';
    const first = await createJwtBackend({ public_key: ec.pem, issuer, audience });
    const second = await createJwtBackend({ public_key: otherEc.pem, issuer: other, audience });
    const [own, foreign] = [ec.sign(claims()), otherEc.sign(claims({ iss: other }))];
    expect([await kindOf(first, own), await kindOf(first, foreign)]).toEqual(['authenticated', 'not-applicable']);
    expect([await kindOf(second, own), await kindOf(second, foreign)]).toEqual(['not-applicable', 'authenticated']);
    const realms = [await first.present(own), await second.present(foreign)].map(
      (answer) => answer.kind === 'authenticated' && answer.principal.realm,
    );
    expect(realms).toEqual([issuer, other]);
    // The key of the one with the name of the other: neither.
    expect(await kindOf(first, otherEc.sign(claims()))).toBe('rejected');
    expect(await kindOf(second, ec.sign(claims({ iss: other })))).toBe('rejected');
  });

  test.each<[string, string | undefined]>([
    ['no issuer', undefined],
    ['a longer one', `${issuer}/`],
  ])('%s is not applicable, and says why', async (_what, iss) => {
    const backend = await createJwtBackend({ public_key: ec.pem, issuer, audience });
    expect(await backend.present(ec.sign(claims({ iss })))).toEqual({
      kind: 'not-applicable',
      reason: '"iss" is not the configured issuer',
    });
  });

  test.each<[string, unknown, string | undefined, 'authenticated' | 'rejected']>([
    ['at+jwt, as configured', 'at+jwt', 'at+jwt', 'authenticated'],
    ['application/at+jwt', 'at+jwt', 'application/AT+JWT', 'authenticated'],
    ['one of two', ['JWT', 'at+jwt'], 'at+jwt', 'authenticated'],
    ['absent, where JWT is one of two', ['at+jwt', 'JWT'], undefined, 'authenticated'],
    ['absent, where it must be at+jwt', 'at+jwt', undefined, 'rejected'],
    ['JWT, where it must be at+jwt', 'at+jwt', 'JWT', 'rejected'],
    ['at+jwt, where nothing is configured', undefined, 'at+jwt', 'rejected'],
    ['logout+jwt', ['JWT', 'at+jwt'], 'logout+jwt', 'rejected'],
  ])('typ %s', async (_what, type, typ, expected) => {
    const backend = await createJwtBackend({
      public_key: ec.pem,
      issuer,
      audience,
      ...(type !== undefined && { type }),
    });
    expect(await kindOf(backend, ec.sign(claims(), { alg: 'ES256', typ }))).toBe(expected);
  });

  test('a tolerance of five minutes', async () => {
    const backend = await createJwtBackend({ public_key: ec.pem, issuer, audience, clock_tolerance: '5m' });
    expect(await kindOf(backend, ec.sign(claims({ exp: inSeconds(-290) })))).toBe('authenticated');
    expect(await kindOf(backend, ec.sign(claims({ exp: inSeconds(-310) })))).toBe('rejected');
  });
});

test('why no public key is chosen, it says as it is: of the token what the token has, and of the keys what they have', () => {
  const key = {} as VerificationKey['key'];
  const [named, unnamed] = [
    { id: 'one', algorithm: 'EdDSA', key },
    { id: undefined, algorithm: 'EdDSA', key },
  ] as const;
  const why = (keys: readonly VerificationKey[], keyId: string | undefined) => {
    try {
      return createPublicKeyChoice(keys)({ algorithm: 'EdDSA', keyId }).length;
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(why([named], 'one')).toBe(1);
  for (const keys of [[], [named]]) expect(why(keys, 'other')).toBe('the key id names no key for EdDSA');
  expect(why([], undefined)).toBe('the token has no key id, and 0 keys are for EdDSA');
  expect(why([named, unnamed], undefined)).toBe('the token has no key id, and 2 keys are for EdDSA');
  expect(why([unnamed, unnamed], 'other')).toBe('no key has an id, and 2 are for EdDSA');
});

import { ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJwtBackend } from '../../../../test/harness/jwt-backend.js';
import { createKeyPair, generateKeys } from '../../../../test/harness/key-pairs.js';
import { createProject, createSecret, type Project } from '../../../../test/harness/project.js';
import { maxPreviousSecrets, maxPublicKeys } from './options.js';

const issuer = 'https://issuer.test';
const audience = 'agentflow-test';
const named = { issuer, audience };
const secret = createSecret();
const other = createSecret();
const [rsa, ec, ed] = [createKeyPair('RS256'), createKeyPair('ES256'), createKeyPair('EdDSA')];
const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** RSA with any modulus and exponent: a public key is two numbers. */
function rsaJwk(exponent: string, modulus = rsa.jwk()['n']) {
  return { kty: 'RSA', n: modulus, e: Buffer.from(exponent, 'hex').toString('base64url') };
}

function pemOf(type: 'rsa-pss' | 'ed448' | 'secp256k1'): string {
  const { publicKey } =
    type === 'rsa-pss'
      ? generateKeys('rsa-pss', { modulusLength: 2048 })
      : type === 'ed448'
        ? generateKeys('ed448')
        : generateKeys('ec', { namedCurve: type });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

let project: Project;
beforeAll(() => {
  project = createProject({
    'idp.pem': rsa.pem,
    'private.pem': privatePem,
    'large.json': `{"keys": [${' '.repeat(256 * 1024)}]}`,
    'short.txt': 'short',
    'folder/file': '',
  });
});
afterAll(() => project.remove());

/** Every fault of a configuration, with production's rules. */
async function faultsOf(
  options: object,
  environment: Record<string, string> = {},
): Promise<readonly ConfigurationFault[]> {
  try {
    await createJwtBackend(options, { directory: project.directory, environment });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

type Faulty = [
  name: string,
  options: object,
  path: readonly (string | number)[],
  message: RegExp,
  remedy: RegExp,
  environment?: Record<string, string>,
];

const keyed = (public_key: unknown, more: object = {}) => ({ ...named, public_key, ...more });
const set = (...keys: unknown[]) => ({ ...named, jwks: { keys } });

test.each<Faulty>([
  [
    'a secret and a public key',
    { ...named, secret, public_key: rsa.pem },
    ['auth', 'public_key'],
    /"secret" and "public_key" cannot be used by one "jwt"/,
    /make "auth" a list/,
  ],
  [
    'an older secret and a JWK Set',
    { ...named, previous_secrets: [secret], jwks: { keys: [rsa.jwk()] } },
    ['auth', 'jwks'],
    /"previous_secrets" and "jwks" cannot/,
    /list/,
  ],
  [
    'both in the environment',
    named,
    ['auth'],
    /JWT_SECRET_KEY and JWT_PUBLIC_KEY cannot/,
    /Keep one/,
    { JWT_SECRET_KEY: secret, JWT_PUBLIC_KEY: rsa.pem },
  ],
  [
    'RS256 with a secret',
    { secret, algorithm: 'RS256' },
    ['auth', 'algorithm'],
    /"algorithm" is "RS256"; a shared secret works with HS256/,
    /"public_key"/,
  ],
  [
    'HS256 with a public key',
    keyed(rsa.pem, { algorithm: 'HS256' }),
    ['auth', 'algorithm'],
    /"algorithm" is "HS256"; a public key works with RS256/,
    /"secret" for HS256/,
  ],
  [
    'RS256 in the environment with a secret',
    {},
    ['auth'],
    /JWT_ALGORITHM is "RS256"; a shared/,
    /Name one/,
    { JWT_SECRET_KEY: secret, JWT_ALGORITHM: 'RS256' },
  ],
  [
    'HS256 in the environment with a public key',
    named,
    ['auth'],
    /JWT_ALGORITHM is "HS256"; a public/,
    /Name one/,
    { JWT_PUBLIC_KEY: rsa.pem, JWT_ALGORITHM: 'HS256' },
  ],
  ['RS256 and no key', { ...named, algorithm: 'RS256' }, ['auth'], /no public key was found/, /JWT_PUBLIC_KEY_FILE/],
  ['no issuer', { public_key: rsa.pem, audience }, ['auth'], /need the "issuer"/, /JWT_ISSUER/],
  ['no audience', { public_key: rsa.pem, issuer }, ['auth'], /need the "audience"/, /JWT_AUDIENCE/],
  [
    'an issuer called local',
    { public_key: rsa.pem, audience, issuer: 'local' },
    ['auth', 'issuer'],
    /cannot be called "local"/,
    /address/,
  ],
  [
    'an issuer with a line break',
    { public_key: rsa.pem, audience, issuer: 'https://a\nb' },
    ['auth', 'issuer'],
    /255 characters/,
    /exact "iss"/,
  ],
  [
    'a private key',
    keyed({ file: 'private.pem' }),
    ['auth', 'public_key'],
    /private\.pem is a private key/,
    /openssl pkey -in FILE -pubout/,
  ],
  ['a private key as text', keyed(privatePem), ['auth', 'public_key'], /is a private key/, /openssl pkey/],
  [
    'a private key in the environment',
    named,
    ['auth'],
    /JWT_PUBLIC_KEY is a private key/,
    /openssl pkey/,
    { JWT_PUBLIC_KEY: privatePem },
  ],
  [
    'a private JWK',
    set(rsa.privateKey.export({ format: 'jwk' })),
    ['auth', 'jwks'],
    /key 1, is a private key: it has the member "d"/,
    /public part/,
  ],
  [
    'a symmetric key in a set',
    set(rsa.jwk(), { kty: 'oct', k: Buffer.from(secret).toString('base64url') }),
    ['auth', 'jwks'],
    /key 2, is a symmetric key/,
    /"secret"/,
  ],
  ['a key for encryption', set(rsa.jwk({ use: 'enc' })), ['auth', 'jwks'], /its "use" is not "sig"/, /Remove it/],
  [
    'a key that does not verify',
    set(rsa.jwk({ key_ops: ['encrypt'] })),
    ['auth', 'jwks'],
    /"key_ops" lack "verify"/,
    /Remove it/,
  ],
  [
    'key_ops that are no list',
    set(rsa.jwk({ key_ops: 'verify' })),
    ['auth', 'jwks'],
    /"key_ops" lack "verify"/,
    /Remove it/,
  ],
  [
    'an algorithm for encryption',
    set(rsa.jwk({ alg: 'RSA-OAEP' })),
    ['auth', 'jwks'],
    /"alg" is none that is verified/,
    /RS256/,
  ],
  ['an alg of a secret', set(rsa.jwk({ alg: 'HS256' })), ['auth', 'jwks'], /"alg" is none that is verified/, /RS256/],
  [
    'the same kid twice',
    set(rsa.jwk({ kid: 'a' }), ec.jwk({ kid: 'a' })),
    ['auth', 'jwks'],
    /key id "a" stands twice/,
    /ids of their own/,
  ],
  [
    'the same kid in two files',
    {
      ...named,
      public_keys: [
        { value: rsa.pem, id: 'a' },
        { value: ec.pem, id: 'a' },
      ],
    },
    ['auth', 'public_keys', 1],
    /key id "a" stands twice/,
    /ids of their own/,
  ],
  [
    'two keys of one kind without kid',
    { ...named, public_keys: [rsa.pem, createKeyPair('RS256').pem] },
    ['auth', 'public_keys', 1],
    /of two keys for RS256 one has no id/,
    /Give each an "id"/,
  ],
  [
    'a kid that no token may have',
    set(rsa.jwk({ kid: '../a' })),
    ['auth', 'jwks'],
    /malformed "kid"/,
    /letters, digits/,
  ],
  ['a kid that is a number', set(rsa.jwk({ kid: 7 })), ['auth', 'jwks'], /malformed "kid"/, /letters, digits/],
  [
    'an id beside a kid',
    keyed({ value: JSON.stringify(rsa.jwk({ kid: 'a' })), id: 'b' }),
    ['auth', 'public_key'],
    /cannot be called "b"/,
    /Leave "id" out/,
  ],
  ['a set without keys', set(), ['auth', 'jwks'], /JWK Set without keys/, /must be a list/],
  [
    'a set of too many keys',
    set(...Array.from({ length: maxPublicKeys + 1 }, (_, index) => ec.jwk({ kid: `k${index}` }))),
    ['auth', 'jwks'],
    /more than 100 keys/,
    /Keep those/,
  ],
  [
    'a file that is too large',
    { ...named, jwks: { file: 'large.json' } },
    ['auth', 'jwks'],
    /large\.json is larger than 256 KiB/,
    /folder of the configuration/,
  ],
  [
    'a text that is too large',
    keyed(rsa.pem + ' '.repeat(256 * 1024)),
    ['auth', 'public_key'],
    /larger than 256 KiB/,
    /Keep/,
  ],
  [
    'a file that is not there',
    keyed({ file: 'nowhere.pem' }),
    ['auth', 'public_key'],
    /nowhere\.pem cannot be read \(ENOENT\)/,
    /folder of the configuration/,
  ],
  [
    'a folder',
    keyed({ file: 'folder' }),
    ['auth', 'public_key'],
    /folder cannot be read \(not a file\)/,
    /folder of the configuration/,
  ],
  [
    'an address',
    { ...named, jwks: 'https://issuer.test/keys' },
    ['auth', 'jwks'],
    /is an address, and nothing is fetched/,
    /Save what it answers/,
  ],
  ['neither PEM nor JSON', keyed('ssh-rsa AAAA'), ['auth', 'public_key'], /none of the known forms/, /JWK Set/],
  ['half a PEM', keyed(rsa.pem.slice(0, 200)), ['auth', 'public_key'], /not whole PEM/, /It must be PEM/],
  [
    'PEM with a broken inside',
    keyed(rsa.pem.replace(/MII/, 'MIJ')),
    ['auth', 'public_key'],
    /cannot be read as a public key/,
    /whole/,
  ],
  ['two PEM blocks', keyed(rsa.pem + ec.pem), ['auth', 'public_key'], /has 2 PEM blocks/, /"public_keys"/],
  [
    'PEM of another kind',
    keyed(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()),
    ['auth', 'public_key'],
    /PEM of the kind "RSA PUBLIC KEY"/,
    /BEGIN PUBLIC KEY/,
  ],
  ['a JWK with a member twice', keyed('{"kty":"RSA","kty":"oct"}'), ['auth', 'public_key'], /cannot be read/, /JWK/],
  [
    'a JWK without its members',
    keyed({ kty: 'RSA' }),
    ['auth', 'public_key'],
    /cannot be read as a JWK/,
    /"kty" RSA, EC or OKP/,
  ],
  [
    'a point that is not on the curve',
    keyed({ ...ec.jwk(), y: ec.jwk()['x'] }),
    ['auth', 'public_key'],
    /cannot be read as a JWK/,
    /members/,
  ],
  [
    'RSA of 1024 bits',
    keyed(generateKeys('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' })),
    ['auth', 'public_key'],
    /RSA of 1024 bits/,
    /2048 bits or more/,
  ],
  [
    'RSA of 16384 bits',
    keyed(rsaJwk('010001', Buffer.alloc(2048, 0xc5).toString('base64url'))),
    ['auth', 'public_key'],
    /RSA of 16384 bits/,
    /2048 bits or more/,
  ],
  [
    'RSA with exponent 1',
    keyed(rsaJwk('01')),
    ['auth', 'public_key'],
    /unsafe public exponent/,
    /65537 is the exponent that is recommended/,
  ],
  ['RSA with exponent 65536', keyed(rsaJwk('010000')), ['auth', 'public_key'], /unsafe public exponent/, /65537/],
  [
    'RSA with an exponent of 40 bits',
    keyed(rsaJwk('0100000001')),
    ['auth', 'public_key'],
    /unsafe public exponent/,
    /65537/,
  ],
  [
    'RSA-PSS by its object identifier',
    keyed(pemOf('rsa-pss')),
    ['auth', 'public_key'],
    /of a kind that is not taken: rsa-pss/,
    /RSA of 2048/,
  ],
  ['Ed448', keyed(pemOf('ed448')), ['auth', 'public_key'], /not taken: ed448/, /Ed25519/],
  ['secp256k1', keyed(pemOf('secp256k1')), ['auth', 'public_key'], /not taken: ec \(secp256k1\)/, /P-256/],
  [
    'an EC key for RS256',
    keyed(ec.pem, { algorithm: 'RS256' }),
    ['auth', 'public_key'],
    /does not fit RS256: it is ec \(prime256v1\)/,
    /With it go ES256/,
  ],
  [
    'an RSA key for ES256',
    keyed(rsa.pem, { algorithm: 'ES256' }),
    ['auth', 'public_key'],
    /does not fit ES256: it is rsa \(2048 bits\)/,
    /With it go RS256/,
  ],
  [
    'an EC key for another curve',
    keyed(ec.pem, { algorithm: 'ES384' }),
    ['auth', 'public_key'],
    /does not fit ES384/,
    /With it go ES256/,
  ],
  [
    'a JWK that names another curve',
    set(ec.jwk({ alg: 'ES512' })),
    ['auth', 'jwks'],
    /does not fit ES512/,
    /With it go ES256/,
  ],
  [
    'an Ed25519 key for ES256',
    keyed(ed.pem, { algorithm: 'ES256' }),
    ['auth', 'public_key'],
    /does not fit ES256: it is ed25519/,
    /EdDSA/,
  ],
  [
    'a JWK for another algorithm than configured',
    { ...set(rsa.jwk({ alg: 'PS256' })), algorithm: 'RS256' },
    ['auth', 'jwks'],
    /is for PS256, and "algorithm" is RS256/,
    /Leave "algorithm" out/,
  ],
  [
    'a public key as the secret',
    { secret: rsa.pem },
    ['auth', 'secret'],
    /"secret" in the configuration is a key of a pair/,
    /"public_key"/,
  ],
  [
    'a public JWK as the secret',
    {},
    ['auth'],
    /JWT_SECRET_KEY is a key of a pair/,
    /"public_key"/,
    { JWT_SECRET_KEY: JSON.stringify(rsa.jwk()) },
  ],
  [
    'a certificate as the secret',
    {},
    ['auth'],
    /is a key of a pair/,
    /"public_key"/,
    { JWT_SECRET_KEY: '-----BEGIN CERTIFICATE-----\nMIIB' },
  ],
  [
    'an older secret that is short',
    { secret, previous_secrets: [other, 'tiny'] },
    ['auth', 'previous_secrets', 1],
    /"previous_secrets", number 2 in the configuration has 4 bytes/,
    /openssl rand/,
  ],
  [
    'an older secret of the environment that is short',
    {},
    ['auth'],
    /JWT_SECRET_KEY_PREVIOUS \(number 2\) has 4 bytes/,
    /openssl rand/,
    { JWT_SECRET_KEY: secret, JWT_SECRET_KEY_PREVIOUS: `${other},tiny` },
  ],
  [
    'an older secret of a file that is short',
    { secret, previous_secrets: [{ file: 'short.txt' }] },
    ['auth', 'previous_secrets', 0, 'file'],
    /short\.txt has 5 bytes/,
    /openssl rand/,
  ],
  [
    'an older secret whose file is not there',
    { secret, previous_secrets: [{ file: 'gone' }] },
    ['auth', 'previous_secrets', 0, 'file'],
    /gone cannot be read \(ENOENT\)/,
    /^Correct the path, which starts in the folder of the configuration\.$/,
  ],
  [
    'an older secret that is a placeholder',
    { secret, previous_secrets: ['changeme-changeme-changeme-changeme-1'] },
    ['auth', 'previous_secrets', 0],
    /placeholder/,
    /openssl rand/,
  ],
  [
    'a secret that stands in public code',
    { secret: 'UnMTH4QvAAp0BLYyEmdXYjoAOv4biHW4' },
    ['auth', 'secret'],
    /known from public code/,
    /openssl rand/,
  ],
  [
    'too many older secrets',
    {},
    ['auth'],
    /more than 10 secrets/,
    /run out/,
    {
      JWT_SECRET_KEY: secret,
      JWT_SECRET_KEY_PREVIOUS: Array.from({ length: maxPreviousSecrets + 1 }, createSecret).join(),
    },
  ],
  [
    'one id for two secrets',
    { secret: { value: secret, id: 'a' }, previous_secrets: [{ value: other, id: 'a' }] },
    ['auth', 'previous_secrets', 0],
    /have the same id "a"/,
    /id of its own/,
  ],
  [
    'a secret that is short for HS512',
    { secret, algorithm: 'HS512', previous_secrets: [other.slice(0, 60)] },
    ['auth', 'previous_secrets', 0],
    /has 60 bytes; HS512 needs at least 64/,
    /openssl rand -hex 64/,
  ],
])('%s', async (_what, options, path, message, remedy, environment = {}) => {
  const faults = await faultsOf(options, environment);
  expect(faults.map((fault) => fault.message)).toEqual([expect.stringMatching(message)]);
  expect(faults[0]?.path).toEqual(path);
  expect(faults[0]?.remedy).toMatch(remedy);
  const told = JSON.stringify(faults);
  for (const value of [secret, other, 'tiny', privatePem.slice(30, 90)]) expect(told).not.toContain(value);
});

test('every fault is told at once', async () => {
  const faults = await faultsOf({
    jwks: { keys: [rsa.jwk({ use: 'enc' }), ec.jwk({ alg: 'ES512' }), { kty: 'oct' }] },
  });
  expect(faults.map(({ message }) => message)).toEqual([
    expect.stringContaining('"issuer"'),
    expect.stringContaining('"audience"'),
    expect.stringContaining('key 1, is not for signatures'),
    expect.stringContaining('key 3, is a symmetric key'),
    expect.stringContaining('key 2, does not fit ES512'),
  ]);
});

test('RSA with exponent 3, and a set as large as may be, are taken', async () => {
  expect(await faultsOf(keyed(rsaJwk('03')))).toEqual([]);
  expect(
    await faultsOf(set(...Array.from({ length: maxPublicKeys }, (_, index) => ec.jwk({ kid: `k${index}` })))),
  ).toEqual([]);
});

test.each(['secret', 'previous_secrets'])(
  'a literal under "%s" is a warning in development and a refusal in production',
  async (key) => {
    const environment = { JWT_SECRET_KEY: secret };
    const options = key === 'secret' ? { secret } : { previous_secrets: [secret] };
    const path = key === 'secret' ? ['auth', 'secret'] : ['auth', 'previous_secrets', 0];
    const message = expect.stringContaining('a secret stands in the configuration itself');
    const remedy = expect.stringContaining('${NAME}');
    const literal = { environment, isLiteral: (at: readonly unknown[]) => !at.includes('value') };
    await expect(createJwtBackend(options, literal)).rejects.toMatchObject({ faults: [{ path, message, remedy }] });
    const { warnings } = await createJwtBackend(options, { ...literal, strict: false });
    expect(warnings).toEqual([{ path, message, remedy }]);
    expect(JSON.stringify(warnings)).not.toContain(secret);
    expect((await createJwtBackend(options, { environment })).warnings).toEqual([]);
  },
);

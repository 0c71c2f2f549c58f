import { expect, test } from 'vitest';
import { createJwtBackend } from '../../../../test/harness/jwt-backend.js';
import { createKeyPair, type KeyPair, signTokenWith } from '../../../../test/harness/key-pairs.js';
import { inSeconds, signToken } from '../../../../test/harness/tokens.js';
import { publicKeyAlgorithms, secretAlgorithms } from './algorithms.js';

const issuer = 'https://issuer.test';
const audience = 'agentflow-test';
const claims = () => ({ sub: 'alice', iss: issuer, aud: audience, exp: inSeconds(3600), role: 'user' });

/** One pair for each kind of key: RSA's serves six algorithms. */
const pairs = new Map<string, KeyPair>();
function pairFor(algorithm: string): KeyPair {
  const kind = algorithm.replace(/^[RP]S.*/, 'RSA').replace('EdDSA', 'Ed25519');
  const pair = pairs.get(kind) ?? createKeyPair(algorithm);
  pairs.set(kind, pair);
  return pair;
}

const tokenOf = (algorithm: string, payload: object = claims(), header?: object) =>
  signTokenWith(algorithm, pairFor(algorithm).privateKey, payload, header);

test.each(publicKeyAlgorithms)('%s: what its key has signed is let in, and nothing else', async (algorithm) => {
  const backend = await createJwtBackend({ public_key: pairFor(algorithm).pem, algorithm, issuer, audience });
  expect(backend.description).toBe(`${algorithm} of ${issuer}, public key from "public_key" in the configuration`);
  const answer = await backend.present(tokenOf(algorithm));
  expect(answer).toMatchObject({
    kind: 'authenticated',
    principal: { realm: issuer, subject: 'alice', roles: ['user'] },
  });

  const another = createKeyPair(algorithm);
  expect(await backend.present(another.sign(claims(), { alg: algorithm, typ: 'JWT' }))).toMatchObject({
    kind: 'rejected',
    reason: 'the signature is not good',
  });
  const [head, , signature] = tokenOf(algorithm).split('.');
  const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'root' })).toString('base64url');
  expect(await backend.present(`${head}.${payload}.${signature}`)).toMatchObject({ kind: 'rejected' });
  expect(await backend.present(`${tokenOf(algorithm).slice(0, -4)}AAAA`)).toMatchObject({ kind: 'rejected' });
});

/** Every other algorithm that one and the same key could have signed with. */
const crossed = publicKeyAlgorithms.flatMap((pinned) =>
  publicKeyAlgorithms
    .filter((other) => other !== pinned && pairFor(other) === pairFor(pinned))
    .map((other) => [pinned, other] as const),
);

test('RSA goes with six algorithms and Ed25519 with two names of one: every pair of them is crossed', () => {
  expect(crossed).toHaveLength(6 * 5 + 2);
});

test.each(crossed)('a key pinned to %s takes no %s, though it is the same key', async (pinned, other) => {
  const backend = await createJwtBackend({ public_key: pairFor(pinned).pem, algorithm: pinned, issuer, audience });
  expect((await backend.present(tokenOf(pinned))).kind).toBe('authenticated');
  expect((await backend.present(tokenOf(other))).kind).toBe('not-applicable');
  // Signed in the one way, and named in the other.
  const renamed = await backend.present(tokenOf(other, claims(), { alg: pinned, typ: 'JWT' }));
  const isOneName = other.startsWith('Ed');
  expect(renamed.kind).toBe(isOneName ? 'authenticated' : 'rejected');
});

test.each<[string, string]>([
  ['RS512', 'RS256'],
  ['ES256', 'ES256'],
  ['ES384', 'ES384'],
  ['ES512', 'ES512'],
  ['Ed25519', 'EdDSA'],
])('where nobody names an algorithm, a key made for %s is for %s', async (made, pinned) => {
  const backend = await createJwtBackend({ public_key: pairFor(made).pem, issuer, audience });
  expect(backend.description).toContain(`${pinned} of`);
  expect((await backend.present(tokenOf(pinned))).kind).toBe('authenticated');
});

test.each(secretAlgorithms)('%s: what the secret has signed is let in, as local', async (algorithm) => {
  const secret = 'ab12cd34ef56'.repeat(11).slice(0, 128);
  const backend = await createJwtBackend({ secret, algorithm, issuer, audience });
  const sign = (key: string) => signToken(claims(), key, { alg: algorithm, typ: 'JWT' }, `sha${algorithm.slice(2)}`);
  expect(await backend.present(sign(secret))).toMatchObject({
    kind: 'authenticated',
    principal: { realm: 'local', subject: 'alice' },
  });
  expect(await backend.present(sign(`${secret}x`))).toMatchObject({ kind: 'rejected' });
});

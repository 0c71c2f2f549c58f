import { createHmac, type KeyObject } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createJwtBackend } from '../../../../test/harness/jwt-backend.js';
import { createKeyPair } from '../../../../test/harness/key-pairs.js';
import { createRandom } from '../../../../test/harness/random.js';

/*
 * jose is the oracle: whatever our gate and checks let in, jose must let in too. Tokens are broken in every way that a
 * seeded generator finds; some are signed again after they were broken, so that more than the signature is put to the test.
 */

/** One moment for both: a token that ran out between the two looks at it would be let in by one of them alone. */
const now = 1_800_000_000_000;

const secret = '9c1f6f1f3e0b4b7f8a2d5e6c7b8a9f0e1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a';
const issuer = 'https://issuer.test';
const audience = 'agentflow-test';

/** Who signs, and who verifies with what. */
interface Share {
  readonly algorithm: string;
  readonly tries: number;
  readonly seed: number;
  /** Of the backend. */
  readonly options: object;
  /** Of the oracle. */
  readonly key: KeyObject | Uint8Array;
  /** Members of every payload, before they are broken. */
  readonly registered: string;
  sign(header: string, payload: string): string;
}

const bySecret: Share = {
  algorithm: 'HS256',
  tries: 20_000,
  seed: 20261121,
  options: { secret },
  key: new TextEncoder().encode(secret),
  registered: '',
  sign(header, payload) {
    const signed = `${encode(header)}.${encode(payload)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  },
};

function byPublicKey(algorithm: string, tries: number, seed: number): Share {
  const pair = createKeyPair(algorithm);
  return {
    algorithm,
    tries,
    seed,
    options: { public_key: pair.pem, algorithm, issuer, audience },
    key: pair.publicKey,
    registered: `"iss":"${issuer}","aud":"${audience}",`,
    sign: (header, payload) => pair.sign(payload, header),
  };
}

const encode = (part: string) => Buffer.from(part).toString('base64url');

const fragments = [
  '"',
  '{',
  '}',
  ',',
  ':',
  '\\u0061',
  '1e400',
  'null',
  '-',
  ' ',
  '\n',
  '"exp":1',
  '"alg":"none",',
  '"crit":["x"],',
  '\ufeff',
];
const characters = 'ABab01-_+/=. %\t!é';

function mutateText(text: string, pieces: readonly string[], random: (below: number) => number): string {
  const at = random(text.length + 1);
  const piece = pieces[random(pieces.length)] ?? '';
  switch (random(4)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + random(3));
    case 2:
      return text.slice(0, at) + piece + text.slice(at + 1);
    default:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random(7))) + text.slice(at + 1);
  }
}

/** A token of a share, good or broken in one place; of those that are broken, two of three are signed as they then are. */
function makeToken(share: Share, random: (below: number) => number): string {
  const { algorithm, registered } = share;
  const header = `{"alg":"${algorithm}","typ":"JWT"}`;
  const expires = now / 1000 + random(7200) - 600;
  const payload = `{${registered}"sub":"user-${random(50)}","role":"r${random(5)}","exp":${expires}}`;
  if (random(3) === 0) return mutateText(share.sign(header, payload), Array.from(characters), random);
  return share.sign(
    random(2) === 0 ? mutateText(header, fragments, random) : header,
    mutateText(payload, fragments, random),
  );
}

const shares = [
  bySecret,
  byPublicKey('RS256', 4000, 1),
  byPublicKey('PS256', 2000, 2),
  byPublicKey('ES256', 4000, 3),
  byPublicKey('EdDSA', 4000, 4),
].map((share) => [share.algorithm, share] as const);

test.each(shares)('%s: nothing is let in that jose refuses', { timeout: 120_000 }, async (algorithm, share) => {
  const backend = await createJwtBackend(share.options, { clock: { now: () => now } });
  const isAcceptedByJose = async (token: string) => {
    const claims = share.registered === '' ? {} : { issuer, audience };
    const options = {
      algorithms: [algorithm],
      requiredClaims: ['exp'],
      clockTolerance: 5,
      ...claims,
      currentDate: new Date(now),
    };
    return jwtVerify(token, share.key, options).then(
      () => true,
      () => false,
    );
  };

  const random = createRandom(share.seed);
  const counts = { accepted: 0, refusedByBoth: 0, stricter: 0 };
  const looser: string[] = [];
  for (let index = 0; index < share.tries; index++) {
    const token = makeToken(share, random);
    const ours = (await backend.present(token)).kind === 'authenticated';
    const theirs = await isAcceptedByJose(token);
    if (ours && !theirs) looser.push(token);
    if (ours && theirs) counts.accepted += 1;
    else if (theirs) counts.stricter += 1;
    else counts.refusedByBoth += 1;
  }
  expect(looser).toEqual([]);
  // The generator reaches all three: else the test proves nothing.
  expect(counts.accepted).toBeGreaterThan(share.tries / 100);
  expect(counts.refusedByBoth).toBeGreaterThan(share.tries / 4);
  expect(counts.stricter).toBeGreaterThan(share.tries / 400);
});

import { createHmac } from 'node:crypto';
import { silentLog, systemClock } from '@agentflow/core';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createJwtAuth, jwtAuthOptionsSchema } from './index.js';

/*
 * jose is the oracle: whatever our gate and checks let in, jose must let in too. Tokens are broken in every way that a
 * seeded generator finds; some are signed again after they were broken, so that more than the signature is put to the test.
 */

const secret = '9c1f6f1f3e0b4b7f8a2d5e6c7b8a9f0e1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a';
const tries = 20_000;

/** mulberry32: small, and the same on every machine. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const encode = (part: string) => Buffer.from(part).toString('base64url');

function sign(header: string, payload: string): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

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

test('nothing is let in that jose refuses', async () => {
  const surroundings = {
    directory: '.',
    path: [],
    environment: { JWT_SECRET_KEY: secret },
    clock: systemClock,
    strict: true,
    warn: () => undefined,
  };
  const backend = await createJwtAuth(jwtAuthOptionsSchema.parse({}), surroundings);
  const key = new TextEncoder().encode(secret);
  const random = createRandom(20261121);
  const request = {
    method: 'GET',
    url: '/',
    headers: new Headers(),
    address: '',
    requestId: '',
    transport: 'http',
  } as const;
  const context = { log: silentLog, signal: new AbortController().signal };

  const isAcceptedByUs = async (token: string) => {
    const answer = await backend.authenticate(request, context, { scheme: 'bearer', credentials: token });
    return typeof answer === 'object' && answer !== null && 'kind' in answer && answer['kind'] === 'authenticated';
  };
  const isAcceptedByJose = async (token: string) => {
    const options = { algorithms: ['HS256'], requiredClaims: ['exp'], clockTolerance: 5 };
    return jwtVerify(token, key, options).then(
      () => true,
      () => false,
    );
  };

  const counts = { accepted: 0, refusedByBoth: 0, stricter: 0 };
  const looser: string[] = [];
  for (let index = 0; index < tries; index++) {
    const header = '{"alg":"HS256","typ":"JWT"}';
    const payload = `{"sub":"user-${random(50)}","role":"r${random(5)}","exp":${Math.floor(Date.now() / 1000) + random(7200) - 600}}`;
    const token =
      random(3) === 0
        ? mutateText(sign(header, payload), Array.from(characters), random)
        : sign(
            random(2) === 0 ? mutateText(header, fragments, random) : header,
            mutateText(payload, fragments, random),
          );
    const [ours, theirs] = [await isAcceptedByUs(token), await isAcceptedByJose(token)];
    if (ours && !theirs) looser.push(token);
    if (ours && theirs) counts.accepted += 1;
    else if (theirs) counts.stricter += 1;
    else counts.refusedByBoth += 1;
  }
  expect(looser).toEqual([]);
  // The generator reaches all three: else the test proves nothing.
  expect(counts.accepted).toBeGreaterThan(500);
  expect(counts.refusedByBoth).toBeGreaterThan(5000);
  expect(counts.stricter).toBeGreaterThan(100);
});

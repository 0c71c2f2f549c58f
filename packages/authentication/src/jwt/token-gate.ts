import { parseStrictJsonBytes } from '@agentflow/core';
import { type Algorithm, isAlgorithm } from './algorithms.js';
import { isKeyId } from './key-id.js';
import { maxTokenLength } from './options.js';

/** The token is not the one form of a signed JWT that we take. The message is for the operator and repeats nothing of it. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';
}

/** What a token's header says. Nothing of it is believed: it only chooses among what is configured. */
export interface TokenHeader {
  readonly algorithm: Algorithm;
  readonly keyId: string | undefined;
  readonly type: unknown;
}

const segment = /^[A-Za-z0-9_-]+$/;

/**
 * Header members that bring a key, change what is signed, or nest another token (RFC 7515 §4.1, RFC 8725 §3.10).
 * A verifier with keys of its own has no use for any of them.
 */
const forbiddenMembers = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc', 'cty'];

/** Whether it has the outward form of a signed JWT at all; anything else may be for another backend. */
export function looksLikeJwt(token: string): boolean {
  return token.length <= maxTokenLength && token.split('.').length === 3;
}

/**
 * The strict gate in front of the signature check: exactly one text stands for one token. Without it the usual
 * libraries accept padding, spaces, foreign alphabets and unused bits, and whoever keeps a list of texts is fooled.
 * @throws {TokenRefusedError}
 */
export function passTokenGate(token: string): TokenHeader {
  const segments = token.split('.');
  if (segments.length !== 3) throw new TokenRefusedError('not three segments');
  // RFC 7515 §2: base64url without padding; and canonical, so that no bit is left over.
  if (!segments.every(isCanonicalBase64Url)) throw new TokenRefusedError('a segment is not canonical base64url');
  const header = readObject(segments[0] ?? '', 'header');
  const forbidden = forbiddenMembers.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) throw new TokenRefusedError(`the header has the member "${forbidden}"`);
  const { alg: algorithm, kid: keyId, typ: type } = header;
  // RFC 8725 §3.1: one of those that some entry could have. Whether this one has it, comes next.
  if (!isAlgorithm(algorithm)) throw new TokenRefusedError('the algorithm is none that is verified here');
  if (keyId !== undefined && !isKeyId(keyId)) throw new TokenRefusedError('the key id is malformed');
  return { algorithm, keyId, type };
}

function isCanonicalBase64Url(text: string): boolean {
  return segment.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
}

/**
 * RFC 8725 §3.11: a token made for another purpose is not an access token. RFC 7515 §4.1.9: `application/` may be left out.
 * @throws {TokenRefusedError}
 */
export function checkType(type: unknown, accepted: readonly string[]): void {
  const wanted = accepted.map(shortType);
  if (type === undefined ? wanted.includes('jwt') : typeof type === 'string' && wanted.includes(shortType(type)))
    return;
  throw new TokenRefusedError(`the type is not ${accepted.join(' or ')}`);
}

function shortType(type: string): string {
  return type.toLowerCase().replace(/^application\//, '');
}

/**
 * Reads a header or payload: a JSON object in UTF-8, no member twice.
 * @throws {TokenRefusedError}
 */
export function readObject(text: string | Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'base64url') : text;
    value = parseStrictJsonBytes(bytes, { maxDepth: 16, maxValues: 1000 });
  } catch {
    // Why exactly would repeat what a stranger wrote, and the reason is kept.
    throw new TokenRefusedError(`the ${what} is no JSON object in which each member stands once`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenRefusedError(`the ${what} is not an object`);
  }
  return value as Record<string, unknown>;
}

import { parseStrictJsonBytes } from '@agentflow/core';
import { maxTokenLength } from './options.js';

/** The token is not the one form of a signed JWT that we take. The message is for the operator and repeats nothing of it. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';
}

export interface GateRules {
  /** The only algorithm; it is never read from the token. */
  readonly algorithm: string;
  readonly type: string;
}

const segment = /^[A-Za-z0-9_-]+$/;

/**
 * Header members that bring a key, change what is signed, or nest another token (RFC 7515 §4.1, RFC 8725 §3.10).
 * A verifier with one fixed key has no use for any of them.
 */
const forbiddenMembers = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc', 'cty'];

/** A key id that could be taken for a path, a query or markup names no key of ours. */
const keyId = /^[A-Za-z0-9_.:=+@-]{1,128}$/;

/** Whether it has the outward form of a signed JWT at all; anything else may be for another backend. */
export function looksLikeJwt(token: string): boolean {
  return token.length <= maxTokenLength && token.split('.').length === 3;
}

/**
 * The strict gate in front of the signature check: exactly one text stands for one token. Without it the usual
 * libraries accept padding, spaces, foreign alphabets and unused bits, and whoever keeps a list of texts is fooled.
 * @throws {TokenRefusedError}
 */
export function passTokenGate(token: string, rules: GateRules): void {
  const segments = token.split('.');
  if (segments.length !== 3) throw new TokenRefusedError('not three segments');
  // RFC 7515 §2: base64url without padding; and canonical, so that no bit is left over.
  if (!segments.every(isCanonicalBase64Url)) throw new TokenRefusedError('a segment is not canonical base64url');
  const header = readObject(segments[0] ?? '', 'header');
  const forbidden = forbiddenMembers.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) throw new TokenRefusedError(`the header has the member "${forbidden}"`);
  // RFC 8725 §3.1
  if (header['alg'] !== rules.algorithm) throw new TokenRefusedError(`the algorithm is not ${rules.algorithm}`);
  checkType(header['typ'], rules.type);
  const kid = header['kid'];
  if (kid !== undefined && (typeof kid !== 'string' || !keyId.test(kid)))
    throw new TokenRefusedError('the key id is malformed');
}

function isCanonicalBase64Url(text: string): boolean {
  return segment.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
}

/** RFC 8725 §3.11: a token made for another purpose is not an access token. RFC 7515 §4.1.9: `application/` may be left out. */
function checkType(typ: unknown, wanted: string): void {
  if (typ === undefined && wanted.toUpperCase() === 'JWT') return;
  const short = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined;
  if (short !== wanted.toLowerCase().replace(/^application\//, ''))
    throw new TokenRefusedError(`the type is not ${wanted}`);
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
  } catch (error) {
    throw new TokenRefusedError(`the ${what} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenRefusedError(`the ${what} is not an object`);
  }
  return value as Record<string, unknown>;
}

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isObject } from '@agentflow/core';
import { isPublicKeyAlgorithm, type PublicKeyAlgorithm, publicKeyAlgorithms } from './algorithms.js';
import { isKeyId } from './key-id.js';
import { UnusableKeyError } from './unusable-key.js';

/** A public key as it was written, before it is known to be good. */
export interface ParsedKey {
  readonly key: KeyObject;
  readonly id: string | undefined;
  /** What the key says that it is for (RFC 7517 §4.4). */
  readonly algorithm: PublicKeyAlgorithm | undefined;
}

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2: what only the one who signs may have. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

export const publicPartRemedy =
  'Only its public part belongs here: openssl pkey -in FILE -pubout. Whoever has the private key can sign any token.';

/**
 * Reads one JSON Web Key (RFC 7517 §4).
 * @throws {UnusableKeyError}
 */
export function parseJwk(jwk: unknown): ParsedKey {
  if (!isObject(jwk)) throw new UnusableKeyError('is not a JSON object', 'A JWK is an object with "kty".');
  checkPublic(jwk);
  checkPurpose(jwk);
  const { kid } = jwk;
  if (kid !== undefined && !isKeyId(kid)) {
    throw new UnusableKeyError('has a malformed "kid"', 'It must be 1 to 128 letters, digits or _.:=+@-.');
  }
  return { key: importKey(jwk), id: kid, algorithm: readAlgorithm(jwk['alg']) };
}

function checkPublic(jwk: Record<string, unknown>): void {
  if (jwk['kty'] === 'oct') {
    throw new UnusableKeyError(
      'is a symmetric key ("kty": "oct")',
      'Remove it from the set; a shared secret belongs under "secret".',
    );
  }
  const found = privateMembers.find((name) => Object.hasOwn(jwk, name));
  if (found !== undefined)
    throw new UnusableKeyError(`is a private key: it has the member "${found}"`, publicPartRemedy);
}

/** RFC 7517 §4.2, §4.3: a key that is for something else verifies nothing here. */
function checkPurpose({ use, key_ops: operations }: Record<string, unknown>): void {
  if (use !== undefined && use !== 'sig') {
    throw new UnusableKeyError(
      'is not for signatures: its "use" is not "sig"',
      'Remove it, and keep the one for "sig".',
    );
  }
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw new UnusableKeyError(
      'is not for verifying: its "key_ops" lack "verify"',
      'Remove it, or name the right key.',
    );
  }
}

function readAlgorithm(algorithm: unknown): PublicKeyAlgorithm | undefined {
  if (algorithm === undefined || isPublicKeyAlgorithm(algorithm)) return algorithm;
  throw new UnusableKeyError(
    'is for another algorithm: its "alg" is none that is verified here',
    `Known are ${publicKeyAlgorithms.join(', ')}.`,
  );
}

function importKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (error) {
    throw new UnusableKeyError(
      'cannot be read as a JWK',
      'It needs "kty" RSA, EC or OKP and the members of that kind.',
      {
        cause: error,
      },
    );
  }
}

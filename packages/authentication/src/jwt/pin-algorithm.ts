import type { KeyObject } from 'node:crypto';
import type { PublicKeyAlgorithm } from './algorithms.js';
import type { ParsedKey } from './parse-jwk.js';
import { UnusableKeyError } from './unusable-key.js';

/** RFC 7518 §3.3 asks for 2048 bits; far beyond, a signature costs more to check than a caller may cost us. */
const minRsaBits = 2048;
const maxRsaBits = 8192;

/** By the name that Node gives a curve (RFC 7518 §3.4). */
const curveAlgorithms: Readonly<Record<string, PublicKeyAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/**
 * The one algorithm that a key verifies: it follows from the key and the configuration, never from a token
 * (RFC 8725 §3.1). `configured` is what the options name.
 * @throws {UnusableKeyError} if the key is weak, or for another algorithm
 */
export function pinAlgorithm(
  { key, algorithm }: ParsedKey,
  configured: PublicKeyAlgorithm | undefined,
): PublicKeyAlgorithm {
  const possible = possibleAlgorithms(key);
  const pinned = configured ?? algorithm ?? possible[0];
  if (pinned === undefined || !possible.includes(pinned)) {
    throw new UnusableKeyError(
      `does not fit ${pinned}: it is ${describeKey(key)}`,
      `With it go ${possible.join(', ')}: set "algorithm" to one of them, or name another key.`,
    );
  }
  if (algorithm !== undefined && algorithm !== pinned) {
    throw new UnusableKeyError(
      `is for ${algorithm}, and "algorithm" is ${pinned}`,
      'Leave "algorithm" out, or remove the key.',
    );
  }
  return pinned;
}

/** The first is what the key is for if nobody says. */
function possibleAlgorithms(key: KeyObject): readonly PublicKeyAlgorithm[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') {
    checkRsa(key);
    return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  }
  const ofCurve = type === 'ec' ? curveAlgorithms[details?.namedCurve ?? ''] : undefined;
  if (ofCurve !== undefined) return [ofCurve];
  if (type === 'ed25519') return ['EdDSA', 'Ed25519'];
  throw new UnusableKeyError(
    `is of a kind that is not taken: ${describeKey(key)}`,
    'Taken are RSA of 2048 bits or more, EC on P-256, P-384 or P-521, and Ed25519.',
  );
}

function checkRsa(key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < minRsaBits || modulusLength > maxRsaBits) {
    throw new UnusableKeyError(
      `is RSA of ${modulusLength} bits; taken are ${minRsaBits} to ${maxRsaBits} (RFC 7518 §3.3)`,
      'Ask the issuer for a key of 2048 bits or more, or for one on an elliptic curve.',
    );
  }
  // RFC 8017 §3.1: with 1 anybody can sign, and an even one is no RSA.
  if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > 0xffff_ffffn) {
    throw new UnusableKeyError(
      'is RSA with an unsafe public exponent; it must be odd, and 3 to 4294967295',
      'Ask the issuer for another key: 65537 is the exponent that is recommended.',
    );
  }
}

function describeKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  const detail = namedCurve ?? (modulusLength === undefined ? undefined : `${modulusLength} bits`);
  return `${asymmetricKeyType ?? 'unknown'}${detail === undefined ? '' : ` (${detail})`}`;
}

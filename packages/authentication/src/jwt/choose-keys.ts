import type { webcrypto } from 'node:crypto';
import type { Algorithm } from './algorithms.js';
import { TokenRefusedError } from './token-gate.js';

/** A key, bound to the one algorithm that it verifies. */
export interface VerificationKey {
  /** The `kid` of the tokens that it is for. */
  readonly id: string | undefined;
  readonly algorithm: Algorithm;
  readonly key: webcrypto.CryptoKey;
}

/** What a token's header says of its key; believed only as a choice among ours. */
export interface KeyHint {
  readonly algorithm: Algorithm;
  readonly keyId: string | undefined;
}

/**
 * The keys to try, in this order. None where the hint leads nowhere.
 * @throws {TokenRefusedError}
 */
export type ChooseKeys = (hint: KeyHint) => readonly VerificationKey[];

/** Keys that may change meanwhile: whoever has them may have to be asked. */
export interface ChangingKeys {
  /** As {@link ChooseKeys}, or rejects where it cannot be known now. */
  readonly choose: (hint: KeyHint) => Promise<readonly VerificationKey[]>;
  /** Whether a key that has verified something would still be chosen. */
  readonly holds: (key: VerificationKey) => Promise<boolean>;
}

/** A secret that the token names; else all that it could be, the newest first. */
export function createSecretChoice(secrets: readonly VerificationKey[]): ChooseKeys {
  return ({ keyId }) => {
    if (keyId === undefined) return secrets;
    const named = secrets.filter(({ id }) => id === keyId);
    return named.length > 0 ? named : secrets.filter(({ id }) => id === undefined);
  };
}

/**
 * Exactly one public key, or none: the one that the token names, with no other tried in its place (RFC 7515 §4.1.4). Where
 * the token names none, or none of our keys has a name, the only one for the algorithm.
 */
export function createPublicKeyChoice(keys: readonly VerificationKey[]): ChooseKeys {
  const haveIds = keys.some(({ id }) => id !== undefined);
  return ({ algorithm, keyId }) => {
    const isNamed = haveIds && keyId !== undefined;
    const fitting = keys.filter((key) => key.algorithm === algorithm && (!isNamed || key.id === keyId));
    if (fitting.length === 1) return fitting;
    if (keyId === undefined) {
      throw new TokenRefusedError(`the token has no key id, and ${fitting.length} keys are for ${algorithm}`);
    }
    const isNone = haveIds || fitting.length === 0;
    throw new TokenRefusedError(
      isNone
        ? `the key id names no key for ${algorithm}`
        : `no key has an id, and ${fitting.length} are for ${algorithm}`,
    );
  };
}

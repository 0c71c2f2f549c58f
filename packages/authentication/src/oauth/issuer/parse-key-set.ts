import { createHash } from 'node:crypto';
import type { PublicKeyAlgorithm } from '../../jwt/algorithms.js';
import type { VerificationKey } from '../../jwt/choose-keys.js';
import { importVerificationKey } from '../../jwt/import-key.js';
import { maxPublicKeys } from '../../jwt/options.js';
import { type ParsedKey, parseJwk } from '../../jwt/parse-jwk.js';
import { pinAlgorithm } from '../../jwt/pin-algorithm.js';
import { UnusableKeyError } from '../../jwt/unusable-key.js';
import { EndpointError } from '../fetch/endpoint-error.js';
import { requireObject } from '../require-object.js';

/** A key of a provider's, which is told from others by what it is and not by which fetch it came with. */
export interface RemoteKey extends VerificationKey {
  readonly fingerprint: string;
}

export interface RemoteKeySet {
  readonly keys: readonly RemoteKey[];
  /** Of each key that is not used why: "key 2 is a symmetric key". */
  readonly ignored: readonly string[];
}

/**
 * Reads a JWK Set (RFC 7517 §5). Keys that are no good are passed over, as it asks: providers publish keys for others too. Of several with
 * one key id none is used, because no token could choose between them.
 * @throws {EndpointError} if it is none, has too many keys, or none that verifies anything
 */
export async function parseKeySet(value: unknown, accepted: readonly PublicKeyAlgorithm[]): Promise<RemoteKeySet> {
  const { keys: list } = requireObject(value, 'the key endpoint');
  if (!Array.isArray(list)) throw new EndpointError('the key set has no list of keys');
  if (list.length > maxPublicKeys) throw new EndpointError(`the key set has more than ${maxPublicKeys} keys`);
  const found = new Map<string, RemoteKey>();
  const ignored: string[] = [];
  for (const [index, jwk] of list.entries()) {
    try {
      const key = await readKey(jwk, accepted);
      found.set(key.fingerprint, key);
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      ignored.push(`key ${index + 1} ${error.message}`);
    }
  }
  const all = [...found.values()];
  const keys = all.filter(({ id }) => id === undefined || all.filter((other) => other.id === id).length === 1);
  if (keys.length < all.length) ignored.push('several keys have the same "kid"');
  if (keys.length === 0) {
    throw new EndpointError(
      `the key set has no key that verifies anything${ignored.map((why) => `; ${why}`).join('')}`,
    );
  }
  return { keys, ignored };
}

/** @throws {UnusableKeyError} */
async function readKey(jwk: unknown, accepted: readonly PublicKeyAlgorithm[]): Promise<RemoteKey> {
  const parsed = parseJwk(jwk);
  const algorithm = chooseAlgorithm(parsed, accepted);
  const key = await importVerificationKey(parsed, algorithm);
  const bytes = parsed.key.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([parsed.id, algorithm]))
    .update(bytes)
    .digest('base64');
  return { id: parsed.id, algorithm, key, fingerprint };
}

/** What the key says that it is for; else the first of those accepted that it fits. One, and never what a token says (RFC 8725 §3.1). */
function chooseAlgorithm(parsed: ParsedKey, accepted: readonly PublicKeyAlgorithm[]): PublicKeyAlgorithm {
  if (parsed.algorithm !== undefined) {
    if (accepted.includes(parsed.algorithm)) return pinAlgorithm(parsed, undefined);
    throw new UnusableKeyError(`is for ${parsed.algorithm}, which is not accepted`, 'Name it under "algorithms".');
  }
  for (const algorithm of accepted) {
    try {
      return pinAlgorithm(parsed, algorithm);
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
    }
  }
  // The reason why, where it is the key's own.
  return pinAlgorithm(parsed, accepted[0]);
}

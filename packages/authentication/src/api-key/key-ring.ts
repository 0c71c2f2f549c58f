import { createHmac, randomBytes } from 'node:crypto';
import { type AuthenticatedResult, authenticated, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import type { ActsFor, FoundKey } from './find-keys.js';

/** What is remembered of a key: everything but the key. */
export interface RememberedKey {
  readonly answer: AuthenticatedResult;
  readonly actsFor: ActsFor | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/** Finds the key that a text is; undefined if it is none. */
export type KeyRing = (text: string) => RememberedKey | undefined;

/**
 * Remembers keys by their digests only, so that no heap dump of a running server holds one because of us.
 *
 * The digest is an HMAC under a key that is random and this process's own. A map compares digests byte by byte, and its time
 * may tell how far two of them agree; but whoever sends a text does not know its digest, cannot steer it, and learns nothing
 * about a key from it. No comparison ever looks at the content of two keys, so none needs to be of constant time, and the
 * time does not grow with the number of keys.
 * @throws {ConfigurationError} if two keys are the same, or have the same id
 */
export function createKeyRing(keys: readonly FoundKey[]): KeyRing {
  const processKey = randomBytes(32);
  const digest = (text: string) => createHmac('sha256', processKey).update(text).digest('base64');
  const remembered = new Map<string, RememberedKey>();
  const idsByDigest = new Map<string, string>();
  const ids = new Set<string>();
  const faults: ConfigurationFault[] = [];
  for (const { id, secret, principal, actsFor, expiresAt, path } of keys) {
    const keyDigest = digest(secret.reveal());
    const other = idsByDigest.get(keyDigest);
    if (ids.has(id)) faults.push({ path, message: `two keys have the id "${id}"`, remedy: 'Give each its own.' });
    else if (other !== undefined)
      faults.push({ path, message: `"${other}" and "${id}" are the same key`, remedy: 'Keep one of them.' });
    ids.add(id);
    idsByDigest.set(keyDigest, id);
    const evidence = { credentialId: id, ...(expiresAt !== undefined && { expiresAt }) };
    remembered.set(keyDigest, { answer: authenticated(principal, evidence), actsFor, expiresAt });
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return (text) => remembered.get(digest(text));
}

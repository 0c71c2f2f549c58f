import { type AuthenticatedResult, authenticated, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { createProcessDigest } from '../process-digest.js';
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
 * Remembers keys by their digests only. No comparison ever looks at the content of two keys, so none needs to be of constant time, and the
 * time does not grow with the number of keys.
 * @throws {ConfigurationError} if two keys are the same, or have the same id
 */
export function createKeyRing(keys: readonly FoundKey[]): KeyRing {
  const digest = createProcessDigest();
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
    const evidence = { credentialId: id, isKey: true, ...(expiresAt !== undefined && { expiresAt }) };
    remembered.set(keyDigest, { answer: authenticated(principal, evidence), actsFor, expiresAt });
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return (text) => remembered.get(digest(text));
}

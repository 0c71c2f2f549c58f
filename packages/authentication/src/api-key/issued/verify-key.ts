import {
  type ApiKeyStore,
  authenticated,
  type Clock,
  isSameSecret,
  type Log,
  type Peppers,
  type StoredApiKey,
} from '@agentflow/core';
import { readKey } from './key-form.js';
import { findOwnerNow, type OwnerSources, principalOf } from './owner-now.js';
import type { KnownKey } from './remembered-keys.js';

export const macPurpose = 'api key';

/** By how much the clock of whoever sends word may be ahead of ours. */
export const clockToleranceMilliseconds = 5_000;

export interface VerifyParts extends OwnerSources {
  readonly apiKeys: Pick<ApiKeyStore, 'findOrDecoy' | 'strengthenMac'>;
}

/**
 * Whether a key is good. One that is unknown, one with another secret, one that was revoked and one that has ended cost the same: one row is
 * asked for, one MAC is made, and one is compared.
 */
export async function verifyKey(
  text: string,
  parts: VerifyParts,
  { peppers, clock, log }: { readonly peppers: Peppers; readonly clock: Clock; readonly log: Log },
): Promise<KnownKey | undefined> {
  const read = readKey(text);
  if (read === undefined) return undefined;
  const loadedAt = clock.now();
  const stored = await parts.apiKeys.findOrDecoy(read.id);
  const pepper = peppers.find(stored.pepperId);
  const mac = (pepper ?? peppers.current).mac(macPurpose, text).toString('base64url');
  const isRight = isSameSecret(mac, stored.mac);
  const isLiving = isAlive(stored, loadedAt);
  if (pepper === undefined || stored.id !== read.id || !isRight || !isLiving) return undefined;
  const owner = await findOwnerNow(stored, parts);
  if (owner === undefined) return undefined;
  if (pepper.id !== peppers.current.id) {
    const after = { mac: peppers.current.mac(macPurpose, text).toString('base64url'), pepperId: peppers.current.id };
    parts.apiKeys
      .strengthenMac(stored.id, stored.mac, after)
      .catch((error: unknown) => log.warn({ error, keyId: stored.id }, 'a key keeps the MAC of the former pepper'));
  }
  const { expiresAt } = stored;
  // A word about a principal means, for who can be asked about, that they are asked about again: what is remembered is dropped by it, and so
  // this was said after it. For all others it is the end.
  const issuedAt = stored.holder === 'user' ? loadedAt + clockToleranceMilliseconds : stored.createdAt;
  const evidence = { credentialId: stored.id, isKey: true, issuedAt, ...(expiresAt !== undefined && { expiresAt }) };
  return { stored, loadedAt, answer: authenticated(principalOf(stored, owner), evidence) };
}

export function isAlive({ revokedAt, expiresAt }: StoredApiKey, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
}

import type { OwnerKey } from './principal.js';
import type { StoredApiKey } from './stores/api-key-store.js';
import type { Revocation } from './stores/revocation-store.js';

/** The word about a key, or its owner, need only outlive what any process remembers of them: their rows say the same for good. */
const toldMilliseconds = 3_600_000;

/** By which every process refuses an issued key at once. */
export function revocationOfKey({ id, owner }: Pick<StoredApiKey, 'id' | 'owner'>, now: number): Revocation {
  return { kind: 'credential', realm: owner.realm, credentialId: id, expiresAt: now + toldMilliseconds };
}

/**
 * By which every process reads anew what it remembers of the keys of somebody who has changed, and refuses what else was issued for them. A
 * token says only in which second it was issued (RFC 7519 §2): those of this second may have come after the change.
 */
export function revocationOfOwner(owner: OwnerKey, now: number): Revocation {
  return { kind: 'principal', owner, issuedBefore: now - (now % 1000), expiresAt: now + toldMilliseconds };
}

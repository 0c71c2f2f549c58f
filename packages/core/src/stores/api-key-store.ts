import type { OwnerKey, TenantId } from '../principal.js';
import type { PagePosition } from './page.js';

/**
 * By what a key's owner is known, now:
 * - `user`: a row of our users, whose present roles and state count;
 * - `key`: a key of the configuration, which must still be there, with the roles that it has there now;
 * - `elsewhere`: a token of somebody's. Nobody can be asked about them, so the key keeps what they had when they made it.
 */
export type ApiKeyHolder = 'user' | 'key' | 'elsewhere';

/** How often a key may be used. */
export interface ApiKeyRate {
  readonly requests: number;
  readonly windowSeconds: number;
}

/** An issued key, without the key. Times in milliseconds since the epoch. */
export interface StoredApiKey {
  /** `key_…`: no secret. */
  readonly id: string;
  readonly owner: OwnerKey;
  readonly holder: ApiKeyHolder;
  /** The id of the configured key by which its owner is known. */
  readonly heldBy: string | undefined;
  readonly name: string;
  /** As it stands in the key: `live`, `dev`. */
  readonly environment: string;
  /** The first of those that it was rotated from: what was used up of that quota, is of this one. */
  readonly family: string;
  /** HMAC-SHA-256 of the key, in base64url. */
  readonly mac: string;
  /** Of the pepper that it was made with. */
  readonly pepperId: string;
  readonly last4: string;
  /** Undefined: not narrowed. */
  readonly scopes: readonly string[] | undefined;
  /** Of its owner's; undefined: all of them. */
  readonly roles: readonly string[] | undefined;
  /** Those that its owner had when it was made. */
  readonly ownerRoles: readonly string[];
  readonly rate: ApiKeyRate | undefined;
  /** How many uses there are in all. */
  readonly quota: number | undefined;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** The id of the one that it was rotated to. */
  readonly replacedBy: string | undefined;
  readonly lastUsedAt: number | undefined;
}

export type NewApiKey = Omit<StoredApiKey, 'createdAt' | 'revokedAt' | 'replacedBy' | 'lastUsedAt'>;

/** Where a key is met for the first time. */
export interface MetNetwork {
  readonly isNew: boolean;
  /** How many others it was met from before. */
  readonly others: number;
}

export interface ApiKeyPage {
  readonly limit: number;
  readonly after?: PagePosition | undefined;
}

export interface ApiKeyStore {
  /**
   * Undefined where its owner has as many living ones already, or no room for one more. Those that have long been dead are removed by the way.
   */
  add(key: NewApiKey, maxOfOwner: number): Promise<StoredApiKey | undefined>;
  /**
   * Whether an owner may have one more row: of the living and the dead together they have five times as many as they may have living ones, and
   * at least 100. Where they have more, those that ended more than a day ago are removed.
   */
  hasRoom(owner: OwnerKey, maxOfOwner: number): Promise<boolean>;
  /** Also a dead one. */
  find(id: string): Promise<StoredApiKey | undefined>;
  /** The same at the same cost whether there is one or not: where there is none, a row that is nobody's, and dead. */
  findOrDecoy(id: string): Promise<StoredApiKey>;
  /** Those that live, and those that ended by themselves within a day; the latest first. */
  listOf(owner: OwnerKey): Promise<readonly StoredApiKey[]>;
  /** All that are not revoked, of everybody in a tenant. */
  listIn(tenant: TenantId, page: ApiKeyPage): Promise<readonly StoredApiKey[]>;
  /** Likewise, of everybody. */
  listAll(page: ApiKeyPage): Promise<readonly StoredApiKey[]>;
  /**
   * Undefined where there is none that is not revoked yet. With the word by which every process refuses it, on the list of what was revoked:
   * both are kept, or neither.
   */
  revoke(id: string, whose: OwnerKey | { readonly tenant: TenantId }): Promise<StoredApiKey | undefined>;
  /**
   * Puts `next` beside one that lives and was not replaced before, which then ends at `endsAt`, or when it would have ended anyhow; where
   * that is now, with such a word. Undefined where it is dead or was replaced. Of those who try at the same time, one succeeds.
   */
  replace(
    id: string,
    owner: OwnerKey,
    endsAt: number,
    next: NewApiKey,
  ): Promise<{ readonly old: StoredApiKey; readonly next: StoredApiKey } | undefined>;
  /** Of an owner who is gone. Returns how many there were. */
  deleteOf(owner: OwnerKey): Promise<number>;
  /** Puts the MAC under another pepper in the place of `before`. */
  strengthenMac(id: string, before: string, after: Pick<StoredApiKey, 'mac' | 'pepperId'>): Promise<void>;
  /** Takes one of so many uses; false where none is left. Of any number at the same time, exactly so many succeed. */
  takeUse(family: string, quota: number): Promise<boolean>;
  /** When keys were last used; what is earlier than what is kept changes nothing. */
  recordUses(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>;
  /** Remembers a network that a key was used from, by a digest. At most `most` are kept. */
  meet(id: string, network: string, most: number): Promise<MetNetwork>;
  /** The oldest that live, were not replaced, and were made before. */
  olderThan(createdBefore: number, limit: number): Promise<readonly StoredApiKey[]>;
}

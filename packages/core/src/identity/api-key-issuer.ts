import type { OwnerKey, Principal, TenantId } from '../principal.js';
import type { ApiKeyRate, StoredApiKey } from '../stores/api-key-store.js';
import type { PagePosition } from '../stores/page.js';

/** What is asked of a new key, already held against what its owner has. */
export interface ApiKeyWish {
  readonly name: string;
  /** Milliseconds since the epoch; undefined: as the file says. */
  readonly expiresAt: number | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly roles: readonly string[] | undefined;
  readonly rate: ApiKeyRate | undefined;
  readonly quota: number | undefined;
}

/** Who makes a key: it will be theirs. */
export interface ApiKeyMaker {
  readonly principal: Principal;
  /** Names what they were authenticated by. */
  readonly credentialId: string | undefined;
}

/** The one time that a key is told. */
export interface IssuedApiKey {
  readonly key: string;
  readonly stored: StoredApiKey;
}

/** Why there is no other key. */
export type RotationRefusal = 'unknown' | 'ended' | 'rotated' | 'many';

/** Makes keys, and takes them back. What its callers may is asked by whoever calls. */
export interface ApiKeyIssuer {
  /**
   * Undefined where they have as many as they may.
   * @throws {ValidationError} if it would end too late, or too soon
   * @throws {AccessDeniedError} if its owner is gone or disabled by now
   */
  issue(by: ApiKeyMaker, wish: ApiKeyWish): Promise<IssuedApiKey | undefined>;
  list(owner: OwnerKey): Promise<readonly StoredApiKey[]>;
  listIn(
    tenant: TenantId,
    page: { readonly limit: number; readonly after?: PagePosition | undefined },
  ): Promise<readonly StoredApiKey[]>;
  /** In force here when it resolves, and everywhere within a second. Undefined where there is none. */
  revoke(id: string, whose: OwnerKey | { readonly tenant: TenantId }): Promise<StoredApiKey | undefined>;
  /**
   * Another with the same rights and limits; the old one lives on for so long, and never longer than it would have. `judge` sees what the old
   * one gives now, before anything is made, and may throw.
   * @throws {AccessDeniedError} if its owner is gone by now
   */
  rotate(
    id: string,
    by: ApiKeyMaker,
    overlapSeconds: number | undefined,
    judge: (given: Principal) => void,
  ): Promise<IssuedApiKey | RotationRefusal>;
  isDueForRotation(key: StoredApiKey): boolean;
  /** What a key begins with, with its id. */
  prefixOf(key: StoredApiKey): string;
}

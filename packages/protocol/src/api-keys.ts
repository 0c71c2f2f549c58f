/** How often a key may be used. */
export interface ApiKeyRateLimit {
  readonly requests: number;
  /** Seconds. */
  readonly window: number;
}

/** The body of `POST /v1/api-keys`. Nothing that is asked for gives a key more than its owner has. */
export interface ApiKeyCreateRequest {
  /** For people: what the key is for. */
  readonly name: string;
  /** RFC 3339; absent: as the server's file says. */
  readonly expiresAt?: string | undefined;
  /** Permissions that it is narrowed to, as `graph:invoke`; absent: none of its owner's is taken away. */
  readonly scopes?: readonly string[] | undefined;
  /** Those of its owner's roles that it has; absent: all. */
  readonly roles?: readonly string[] | undefined;
  readonly rateLimit?: ApiKeyRateLimit | undefined;
  /** How many requests it is good for, in all. */
  readonly quota?: number | undefined;
}

/** The body of `POST /v1/api-keys/{key_id}/rotate`. */
export interface ApiKeyRotateRequest {
  /** How long the old key stays good beside the new one: `"1h"`. Absent: as the server's file says. */
  readonly overlap?: string | undefined;
}

/** What is known of a key. The key itself is not. */
export interface ApiKeyResource {
  readonly id: string;
  readonly name: string;
  /** What every key of this server begins with, with its id: `af_sk_live_…`. */
  readonly prefix: string;
  /** The last four characters of its secret part, to tell keys apart by. */
  readonly last4: string;
  /** RFC 3339 in UTC, as the following. */
  readonly createdAt: string;
  /** Null where it does not end by itself. */
  readonly expiresAt: string | null;
  /** To some minutes; null before its first use. */
  readonly lastUsedAt: string | null;
  /** Null: not narrowed. */
  readonly scopes: readonly string[] | null;
  /** Null: all of its owner's. */
  readonly roles: readonly string[] | null;
  readonly rateLimit: ApiKeyRateLimit | null;
  /** Null: without end. */
  readonly quota: number | null;
  /** Whether it is older than the server's file wants keys to become. */
  readonly dueForRotation: boolean;
}

/** The answer of `POST /v1/api-keys` and `POST /v1/api-keys/{key_id}/rotate`: the one time that `key` is told. */
export interface ApiKeyCreatedResponse extends ApiKeyResource {
  /** `af_sk_<env>_<id>_<secret><checksum>` */
  readonly key: string;
}

/** The answer of `GET /v1/api-keys`. */
export interface ApiKeyListResponse {
  readonly apiKeys: readonly ApiKeyResource[];
}

export interface ApiKeyRevokedResponse {
  readonly revoked: true;
}

/** A key of anybody's, for administrators of the tenant. */
export interface TenantApiKeyResource extends ApiKeyResource {
  readonly owner: { readonly realm: string; readonly subject: string };
}

/** The answer of `GET /v1/tenant/api-keys`. */
export interface TenantApiKeyListResponse {
  readonly apiKeys: readonly TenantApiKeyResource[];
  /** The cursor of the next page; null at the end. */
  readonly next: string | null;
}

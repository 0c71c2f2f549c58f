import type { Permission } from './vocabulary.js';

/** Who acts for a principal; `actor` is who acted before it. */
export interface MeActor {
  readonly sub: string;
  readonly realm: string;
  readonly roles: readonly string[];
  readonly actor?: MeActor;
}

/** The answer of `GET /v1/auth/me`. */
export interface MeResponse {
  readonly user_id: string;
  readonly subject: string;
  readonly realm: string;
  /** What the caller signs in as, where they have such a name. */
  readonly username?: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  /** Null where the credential carries no scopes, and so does not narrow anything. */
  readonly scopes: readonly string[] | null;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Who acts for the caller; null where nobody does. Then `permissions` are those that both have. */
  readonly actor: MeActor | null;
  /** The backend that vouches for the caller. */
  readonly method: string;
  /** RFC 3339 in UTC; null where the credential does not end by itself. */
  readonly expires_at: string | null;
  /** The session that the credential is of, where it is of one. */
  readonly session_id?: string;
  /** What the caller may do where no particular resource is named. */
  readonly permissions: readonly Permission[];
  /** What the caller may do with what is their own, such as their sessions and keys, whatever the policy says. */
  readonly own_permissions: readonly Permission[];
}

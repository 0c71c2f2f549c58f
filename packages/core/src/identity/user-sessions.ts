import type { JsonObject } from '@agentflow/protocol';
import type { OwnerKey, TenantId } from '../principal.js';
import type { SessionPage } from '../stores/session-store.js';

/** Who signs in. */
export interface SessionPrincipal {
  /** `local` for a user of ours, or a provider's issuer. */
  readonly realm: string;
  /** A user's id, or what the provider calls them. */
  readonly subject: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  /** What else is known of them: `username`, and whatever a provider vouches for. */
  readonly claims: JsonObject;
}

/** From where a session is begun, or used. */
export interface SessionClient {
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}

export interface SessionStart extends SessionClient {
  readonly owner: OwnerKey;
  /** How they have signed in: `password`, or the provider's name. */
  readonly via: string;
  /** What the provider says of them: who they are is read from it again, by whatever configuration is then in force. */
  readonly vouched?: JsonObject | undefined;
  /**
   * Of a user of ours: when the password that they have proved to know was set. Where it has been changed meanwhile, there is no session.
   */
  readonly passwordChangedAt?: number | undefined;
}

/** What whoever has signed in is given. Times in milliseconds since the epoch. */
export interface IssuedSession {
  /** The access token. */
  readonly token: string;
  readonly expiresAt: number;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
  /** `ses_…`: no secret. */
  readonly sessionId: string;
  readonly principal: SessionPrincipal;
}

/** What becomes of a refresh token. `reason` is for the operator. */
export type RefreshResult =
  | { readonly kind: 'refreshed'; readonly issued: IssuedSession }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It was good once, and another has come in its place: somebody else may have it. The session has been ended. */
  | { readonly kind: 'reused'; readonly owner: OwnerKey; readonly sessionId: string };

/** A session that goes on. Times in milliseconds since the epoch. */
export interface LiveSession {
  readonly sessionId: string;
  readonly via: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** When it ends by itself, however much it is used. */
  readonly expiresAt: number;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

/** Likewise, and whose it is. */
export interface OwnedLiveSession extends LiveSession {
  readonly owner: OwnerKey;
}

/** The user is gone or disabled, or has another password by now, or the provider's word does not count: there is no session for them. */
export class SessionRefusedError extends Error {
  override readonly name = 'SessionRefusedError';
}

/**
 * Sessions of whoever has signed in, by a password or with a provider. Each has an access token that is shown with every request, and a
 * refresh token that is good once. What ends here is refused by every process within a second.
 */
export interface UserSessions {
  /** @throws {SessionRefusedError} */
  begin(start: SessionStart): Promise<IssuedSession>;
  refresh(refreshToken: string, client: SessionClient): Promise<RefreshResult>;
  /** Those of one principal that go on, the latest first. */
  list(owner: OwnerKey): Promise<readonly LiveSession[]>;
  /** Those of everybody in a tenant that go on, the latest begun first. */
  listIn(tenant: TenantId, page: SessionPage): Promise<readonly OwnedLiveSession[]>;
  /** Ends one of anybody's in a tenant. Whose it was; undefined where there is none. */
  endIn(tenant: TenantId, sessionId: string): Promise<OwnerKey | undefined>;
  /** Ends one of the owner's. False where there is none. */
  end(owner: OwnerKey, sessionId: string): Promise<boolean>;
  /** Ends all of the owner's, but perhaps one. How many. */
  endAll(owner: OwnerKey, except?: string): Promise<number>;
  /**
   * Ends what a token stands for: the session of a refresh token, or of an access token of ours. False where it stands for nothing any
   * more.
   */
  revokeToken(token: string): Promise<boolean>;
}

/** A public key that access tokens are verified with: a JWK (RFC 7517). */
export type PublishedKey = JsonObject;

/** The keys of our access tokens, for those who verify them elsewhere. */
export interface PublishedKeys {
  list(): Promise<readonly PublishedKey[]>;
}

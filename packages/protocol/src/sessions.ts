/** Somebody who signs in here, as their own answers tell them. */
export interface SignedInUser {
  /** `usr_…` for a user of ours; the subject that the provider tells, for one who signs in with a provider. */
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly tenant: string;
}

/** The body of `POST /v1/auth/login`. */
export interface LoginRequest {
  readonly username: string;
  readonly password: string;
}

/** The body of `POST /v1/auth/refresh`, where the token is not in the `Authorization` header. */
export interface RefreshRequest {
  readonly refreshToken: string;
}

/** The answer of `POST /v1/auth/login` and `POST /v1/auth/refresh`. */
export interface LoginResponse {
  /** The access token: a bearer token for everything but `/v1/auth/refresh`. */
  readonly token: string;
  /** When the access token ends: RFC 3339 in UTC. */
  readonly expiresAt: string;
  readonly user: SignedInUser;
  /** Good once, at `/v1/auth/refresh`. */
  readonly refreshToken: string;
  /** RFC 3339 in UTC. */
  readonly refreshExpiresAt: string;
}

/** The body of `POST /v1/auth/revoke` (RFC 7009): a refresh token, or an access token of ours. */
export interface RevokeTokenRequest {
  readonly token: string;
}

/** How many sessions have ended. */
export interface SessionsEndedResponse {
  readonly ended: number;
}

/** What began when somebody signed in, and has not ended. */
export interface SessionResource {
  /** `ses_…`: no secret. */
  readonly id: string;
  /** RFC 3339 in UTC, as the following. */
  readonly createdAt: string;
  readonly lastUsedAt: string;
  /** When it ends by itself, however much it is used. */
  readonly expiresAt: string;
  /** From where it was last used; null where that is not known. */
  readonly address: string | null;
  readonly userAgent: string | null;
  /** How it began: `password`, or the provider's name. */
  readonly via: string;
  /** Whether it is that of the request. */
  readonly current: boolean;
}

/** The answer of `GET /v1/auth/sessions`. */
export interface SessionListResponse {
  readonly sessions: readonly SessionResource[];
}

/** A session of anybody's, for administrators of the tenant. */
export interface TenantSessionResource extends Omit<SessionResource, 'current'> {
  /** The realm is `local` for a user of this server, or the provider's issuer. */
  readonly owner: { readonly realm: string; readonly subject: string };
}

/** The answer of `GET /v1/tenant/sessions`. */
export interface TenantSessionListResponse {
  readonly sessions: readonly TenantSessionResource[];
  /** The cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** The body of `POST /v1/auth/password`. */
export interface PasswordChangeRequest {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export interface PasswordChangedResponse {
  readonly changed: true;
}

/** A provider that one can sign in with, in a browser. */
export interface SignInProvider {
  readonly name: string;
  /** What a button says. */
  readonly title: string;
  /** The path that begins it: `/v1/auth/oauth/{name}/start`. Takes `return_to`, a path of this server. */
  readonly start: string;
  /** The path that begins it for a program without a browser, where it can: `/v1/auth/oauth/{name}/device`. */
  readonly device?: string;
}

/** The answer of `GET /v1/auth/methods`: what a page for signing in offers. */
export interface SignInMethodsResponse {
  /** Whether `POST /v1/auth/login` is there. */
  readonly password: boolean;
  readonly providers: readonly SignInProvider[];
}

import type { Challenge, JsonObject } from '@agentflow/protocol';
import type { ChangeEvent } from './audit-event.js';
import type { Log } from './log.js';
import { isPrincipal, type Principal } from './principal.js';

/** What the caller presented in `Authorization`, parsed and not yet believed. */
export interface Credential {
  /** In lower case (RFC 9110 §11.1). */
  readonly scheme: string;
  /** Everything after the scheme. AgentFlow's name for it. */
  readonly credentials: string;
}

/** The request as an authentication backend sees it: frozen, the same for HTTP and WebSocket, and without the body. */
export interface AuthenticationRequest {
  readonly method: string;
  /** Path and query, as received. */
  readonly url: string;
  /** Changing it throws. */
  readonly headers: Headers;
  /** The address of the client. */
  readonly address: string;
  /** Whether the client's connection is encrypted: to us, or to a proxy that is trusted and says so. */
  readonly isSecure: boolean;
  readonly requestId: string;
  readonly transport: 'http' | 'websocket';
}

/** Header fields by name, whatever keeps them. */
export interface HeaderFields {
  /** The name in lower case. */
  get(name: string): string | null | undefined;
}

export interface AuthenticationContext {
  readonly log: Log;
  /** Aborted when the deadline has passed or the client has left. */
  readonly signal: AbortSignal;
}

/** What a backend knows about the credential, beside who presented it. */
export interface Evidence {
  /** When the credential ends by itself, in milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** When it was issued, likewise. Without it, taking back all that was issued before a moment takes it back too. */
  readonly issuedAt?: number | undefined;
  /** Names the credential and is not secret: a token's `jti`, a key's id. By it a single one is taken back. */
  readonly credentialId?: string | undefined;
  /** Whether it is a key, which many may show, again and again: whoever made it takes it back, and nobody who signs out. */
  readonly isKey?: boolean | undefined;
  /** The session that it is of, where it is of one: with its end, the credential ends. */
  readonly sessionId?: string | undefined;
}

declare const resultBrand: unique symbol;

interface Branded {
  readonly [resultBrand]: true;
}

/** The results that were made here. Nothing else counts as one: a plugin cannot make one by its looks. */
const issued = new WeakSet<object>();

export type AuthenticatedResult = Branded & {
  readonly kind: 'authenticated';
  readonly principal: Principal;
  readonly evidence: Evidence;
};

/** The three answers. An exception or a time-out is a fourth thing: 503, never the next backend, never anonymous. */
export type AuthenticationResult =
  | AuthenticatedResult
  /** Nothing here was for this backend; another may speak. `reason` is for the operator, should none. */
  | (Branded & { readonly kind: 'not-applicable'; readonly reason?: string })
  /** The credential was for this backend, and is no good. `reason` is for the operator. */
  | (Branded & {
      readonly kind: 'rejected';
      readonly reason: string;
      readonly code: 'AUTH_REQUIRED' | 'TOKEN_EXPIRED';
    });

/** @throws {TypeError} if the principal was not made by `createPrincipal`, or the evidence is of wrong types */
export function authenticated(principal: Principal, evidence: Evidence = {}): AuthenticatedResult {
  if (!isPrincipal(principal)) throw new TypeError('authenticated() takes what createPrincipal() has made');
  const { expiresAt, issuedAt, credentialId, sessionId } = evidence;
  if (!isTime(expiresAt) || !isTime(issuedAt)) {
    throw new TypeError('expiresAt and issuedAt must be milliseconds since the epoch');
  }
  for (const id of [credentialId, sessionId]) {
    if (id !== undefined && typeof id !== 'string') throw new TypeError('credentialId and sessionId must be texts');
  }
  return brand({ kind: 'authenticated', principal, evidence: Object.freeze(evidence) });
}

// ECMA-262 §21.4.1.1: beyond it a number is no time.
const lastMillisecond = 8.64e15;

function isTime(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Math.abs(value) <= lastMillisecond);
}

export const notApplicable: AuthenticationResult = brand({ kind: 'not-applicable' });

/** For a credential of a kind that this backend takes, but not this one: the log says why, should no other take it. */
export function notApplicableBecause(reason: string): AuthenticationResult {
  return brand({ kind: 'not-applicable', reason });
}

export function rejected(
  reason: string,
  code: 'AUTH_REQUIRED' | 'TOKEN_EXPIRED' = 'AUTH_REQUIRED',
): AuthenticationResult {
  return brand({ kind: 'rejected', reason, code });
}

function brand<const T extends object>(result: T): T & Branded {
  const frozen = Object.freeze(result);
  issued.add(frozen);
  return frozen as T & Branded;
}

export function isAuthenticationResult(value: unknown): value is AuthenticationResult {
  return typeof value === 'object' && value !== null && issued.has(value);
}

/**
 * What a plugin may answer instead of an {@link AuthenticationResult}: a plain object with `user_id` or `sub`, and
 * perhaps `role` or `roles`, `scopes`, and more fields, which become claims; or null for "not mine". Where another acts for that
 * user, `act` says who: `{sub, iss?, roles?, act?}` (RFC 8693 §4.1); what may be done then is what both may.
 */
export type UserRecord = Readonly<Record<string, unknown>>;
export type AuthenticationAnswer = AuthenticationResult | UserRecord | null | undefined;

/** That a credential which was found good is used: by a request, or by a frame on a socket. */
export interface CredentialUse {
  /** Of the client. */
  readonly address: string;
  /** Writes something about it into the audit trail, also later. */
  readonly recordChange: (event: ChangeEvent, detail: JsonObject) => void;
}

/**
 * Finds out who is asking. Extend it in a file of your own and name the class in `agentflow.json`:
 * `{"auth": {"method": "custom", "path": "graph/auth.ts:ApiKeyAuth"}}`.
 *
 * `authenticate` may be sync or async and may take AgentFlow's three arguments; the context stands where AgentFlow has
 * its response. A throw, a time-out or an answer of another shape refuses the request with 503.
 */
export abstract class BaseAuth {
  abstract authenticate(
    request: AuthenticationRequest,
    context: AuthenticationContext,
    credential: Credential | null,
  ): AuthenticationAnswer | Promise<AuthenticationAnswer>;

  /**
   * Every text in the request that this backend would take for a credential of its own, without judging it: from it the
   * pipeline sees whether a request carries two. A backend without this method, or of the operator's own, takes no part in that.
   */
  reads?(headers: HeaderFields, credential: Credential | null): readonly string[];

  /**
   * The header fields, other than `Authorization`, in which it looks for a credential: pages of allowed origins may set them,
   * and the documentation names them.
   */
  credentialHeaders?(): readonly string[];

  /**
   * Called once for each use of what it has authenticated, and not when what goes on is asked about again.
   * @throws {RequestError} to refuse it: 429
   */
  admit?(result: AuthenticatedResult, use: CredentialUse): Promise<void> | void;

  /** The header fields that it reads beside the credential: pages of allowed origins may set them too. */
  companionHeaders?(): readonly string[];

  /** How to authenticate here, told with every 401. */
  challenge(): Challenge {
    return { scheme: 'Custom', parameters: { realm: 'agentflow' } };
  }

  /** One line for the start's output: how it knows somebody. */
  describe(): string {
    return '';
  }

  /**
   * Lets go of what the backend holds; called once, after its last request: at the end, or when another configuration is in
   * force.
   */
  close(): void | Promise<void> {}
}

/** A backend in its place: with the name and the deadline that the configuration gives it. */
export interface ConfiguredAuth {
  readonly name: string;
  readonly backend: Pick<
    BaseAuth,
    'authenticate' | 'admit' | 'reads' | 'credentialHeaders' | 'companionHeaders' | 'challenge' | 'describe' | 'close'
  >;
  /** For an answer that is a promise. */
  readonly deadlineMilliseconds: number;
}

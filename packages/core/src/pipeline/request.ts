import type { Route } from '@agentflow/protocol';
import type { Credential, CredentialUse, Evidence } from '../base-auth.js';
import type { Principal } from '../principal.js';
import type { Delivery } from '../webhooks.js';
import type { SocketOffer } from './receive/socket-credential.js';

/** What arrives from a socket: nothing of it is trusted, or even known to make sense. */
export interface IncomingRequest {
  readonly method: string;
  /** The request-target as received. */
  readonly target: string;
  /** Names and values in turn, as received: nothing joined, nothing dropped. */
  readonly rawHeaders: readonly string[];
  /** The address of the peer. */
  readonly address: string;
  /** Whether the peer's connection to us is. Absent: it is not. */
  readonly isEncrypted?: boolean;
  readonly transport: 'http' | 'websocket';
  /** Read once at most, and only after authentication. Absent: there is none. */
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client leaves, with a `ClientLeftError`, or when the server ends. */
  readonly signal: AbortSignal;
  /** Aborted when the server ends, and not when the client leaves. */
  readonly serverEnd: AbortSignal;
}

/** Where a path and a method lead. */
export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
  | { readonly kind: 'method-not-allowed'; readonly allowed: readonly string[] }
  | { readonly kind: 'not-found' }
  /** The target could mean two things; `reason` is public. */
  | { readonly kind: 'malformed'; readonly reason: string };

/** The request as the stages see it: read once, strictly, and never changed. */
export interface RequestView {
  readonly id: string;
  readonly method: string;
  /** As received: path and query. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly match: RouteMatch;
  /** By lower-case name; repeated fields are joined by commas (RFC 9110 §5.3). */
  readonly headers: ReadonlyMap<string, string>;
  /** Of the client: of the peer, or of whom a trusted proxy names. */
  readonly address: string;
  /** Whether the client's connection is encrypted, to us or to a trusted proxy. */
  readonly isSecure: boolean;
  readonly transport: 'http' | 'websocket';
  readonly credential: Credential | null;
  /** Of a socket that is to be opened. */
  readonly offer?: SocketOffer;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Of a route that is signed: the body, as received, once it has been read. */
  readonly signedBody?: Uint8Array;
  readonly signal: AbortSignal;
  readonly serverEnd: AbortSignal;
}

/** Who calls, and who says so. */
export interface Caller {
  readonly principal: Principal;
  /** The name of the backend. */
  readonly method: string;
  readonly evidence: Evidence;
  /** To be told of each use, where the backend wants to know; may refuse it. */
  readonly admit?: (use: CredentialUse) => Promise<void> | void;
  /** Where it is a service that has signed what it sends. */
  readonly delivery?: Delivery;
}

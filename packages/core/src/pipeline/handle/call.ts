import type { JsonObject, Permission, RouteName, routes } from '@agentflow/protocol';
import type { ChangeEvent } from '../../audit-event.js';
import type { Credential } from '../../base-auth.js';
import type { Filter } from '../../filter.js';
import type { OwnerKey, Principal } from '../../principal.js';
import type { UsableResource } from '../../use-guard.js';
import type { User } from '../../user.js';
import type { AccessLease } from '../lease/access-lease.js';
import type { Discardable, IncomingFile } from '../read/read-upload.js';
import type { Caller } from '../request.js';
import type { Outcome } from './outcome.js';

/** An authorized request, as handlers see it. */
export interface Call {
  readonly requestId: string;
  readonly caller: Caller;
  /** Of the client. */
  readonly address: string;
  readonly owner: OwnerKey;
  readonly user: User;
  /** Whether the configuration lets the caller see what belongs to others of the tenant. Asked for anew each time. */
  reachesTenant(): boolean;
  /** The thread that was authorized; undefined where the request names none. */
  readonly threadId: string | undefined;
  /** What the route's permission was decided about; undefined where the route is about no particular resource. */
  readonly resourceId: string | undefined;
  /** Of a route about many: which of them the caller may have anything to do with; undefined: all of theirs. */
  readonly filter: Filter | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Aborted when the client leaves, or with {@link serverEnd}. */
  readonly signal: AbortSignal;
  readonly serverEnd: AbortSignal;
  /** The header fields by which the caller was authenticated, for whoever keeps them sealed. */
  proof(): ReadonlyMap<string, string>;
  /** What the route's permission goes on by, where the call takes longer than an answer; it must be given back. */
  openLease(): AccessLease;
  /** Whether the scopes of the credential leave room for it, whatever the policy says; of one without scopes: yes. */
  hasScopeFor(permission: Permission): boolean;
  /** Whether the caller may do something more, on the same thread. */
  may(permission: Permission): Promise<boolean>;
  /** Whether there is anything at all to which the caller may do it. */
  maySome(permission: Permission): Promise<boolean>;
  /** @throws {AccessDeniedError} if the caller may not */
  require(permission: Permission): Promise<void>;
  /**
   * Ends the call as one that lacks a permission, where it is not the policy that withholds it.
   * @throws {AccessDeniedError}
   */
  refuse(permission: Permission, reason: string): never;
  /** Whether the caller may do something to a resource that the route does not name, by what is in force now. */
  mayOn(permission: Permission, resourceId: string): Promise<boolean>;
  /**
   * About a resource that only the body names.
   * @throws {AccessDeniedError} if the caller may not
   */
  requireOn(permission: Permission, resourceId: string): Promise<void>;
  /** Of a route that takes a form: reads the file in it, which has not been asked for until now. */
  receiveUpload<T extends Discardable>(maxBytes: number, take: (file: IncomingFile) => Promise<T>): Promise<T>;
  /**
   * The roles that the caller has now: of the credential, and those that a backend gives. Asked for anew each time.
   * @throws {UnavailableError} if a backend cannot say
   */
  roles(): Promise<readonly string[]>;
  /**
   * For the run that the call has started. Each refusal is an audit event of its own.
   * @throws {UseRefusedError} if the caller may not use the node or tool of that name
   */
  requireUse(resource: UsableResource, name: string): Promise<void>;
  /** Writes into the audit trail by what the call's run has ended, where its reader has gone before. */
  recordRunEnd(error: unknown): void;
  /** Writes what the call has changed into the audit trail, as an event of its own. */
  recordChange(event: ChangeEvent, detail: JsonObject): void;
}

export type Handler = (call: Call) => Promise<Outcome> | Outcome;

/** What a public route is asked: there is nobody to speak of, and its body is read only where its row says how much of it. */
export interface PublicCall {
  readonly requestId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly credential: Credential | null;
  /** Of the client. */
  readonly address: string;
  readonly isSecure: boolean;
  readonly signal: AbortSignal;
  /** Who it was that has signed in, or tried with what was once theirs: for the audit trail alone. */
  recordPrincipal(principal: Principal, method: string): void;
  recordChange(event: ChangeEvent, detail: JsonObject): void;
}

export type PublicHandler = (call: PublicCall) => Promise<Outcome> | Outcome;

type PublicRouteName = {
  [N in RouteName]: (typeof routes)[N] extends { readonly public: string } ? N : never;
}[RouteName];

/** One handler for every route in the table: a route without one does not compile. */
export type Handlers = { readonly [N in RouteName]: N extends PublicRouteName ? PublicHandler : Handler };

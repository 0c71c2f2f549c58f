import type { ErrorCode, JsonObject } from '@agentflow/protocol';

/** Who was behind a request, as far as the trail keeps it: no claims, which may be anything about a person. */
export interface AuditedPrincipal {
  readonly tenant: string;
  readonly realm: string;
  readonly subject: string;
  /** Of the credential, so that its decisions can be made again. */
  readonly roles: readonly string[];
}

/** Who acted for a principal; its tenant is the principal's. */
export type AuditedActor = Pick<AuditedPrincipal, 'realm' | 'subject' | 'roles'>;

/** At start; while it is served; and what was refused while it is served. */
export type ConfigurationEventName = 'configuration-loaded' | 'configuration-changed' | 'configuration-refused';

/** A change that a request has made, beside the request's own event. */
export type ChangeEvent =
  | 'policy-changed'
  | 'thread-shared'
  | 'grant-taken-back'
  | 'remote-tools-declared'
  | 'refresh-reused'
  | 'password-changed'
  | 'session-ended'
  | 'user-created'
  | 'user-changed'
  | 'user-deleted'
  | 'api-key-created'
  | 'api-key-rotated'
  | 'api-key-revoked'
  | 'api-key-used-elsewhere'
  | 'api-key-used-unusually'
  | 'signing-key-retired';

/**
 * One record of one request's outcome. A stream writes two, `opened` and `closed`, and a `run-ended` where its run went on without a reader
 * and was ended, or failed, after that. A socket writes two as
 * well; every frame on it is a request, or a stream, of its own, whose `detail` names the socket. Each node or tool that was not used because
 * whoever asked may not, is a `use-refused` beside them, with the same request id; each decision of which a shadow thinks
 * otherwise a `shadow-differed`; and each change of a policy or of who shares a thread an event of its own. Holds no credential,
 * and of a body only what a change has changed.
 *
 * That a configuration was put in force, or was not, is an event too, and no request's: its method, path and address are
 * `(none)`, its status is 0, its `detail` `{from, to}`, the digests of the one before and of the one that was read. So is a change that
 * was made on the command line: `authenticatedBy` is `command-line`, and `detail.by` whom the machine says that it was.
 */
export interface AuditEvent {
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly requestId: string;
  readonly event:
    | 'request'
    | 'stream-opened'
    | 'stream-closed'
    | 'socket-opened'
    | 'socket-closed'
    | 'run-ended'
    | 'use-refused'
    | 'shadow-differed'
    | ChangeEvent
    | ConfigurationEventName;
  /** The route's name in the table; null where the path or method leads nowhere. */
  readonly route: string | null;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly address: string;
  readonly principal: AuditedPrincipal | null;
  /** Who acted for it: the current actor, then who acted before. Empty where it acts itself. */
  readonly actors: readonly AuditedActor[];
  /** The backend that said who it is, or refused to. */
  readonly authenticatedBy: string | null;
  readonly resource: string | null;
  readonly action: string | null;
  readonly resourceId: string | null;
  /** `failed` is the server's own fault; `aborted` means that the client left. */
  readonly outcome: 'allowed' | 'refused' | 'failed' | 'aborted';
  readonly status: number;
  readonly code: ErrorCode | null;
  /** Why, in the operator's words: never shown to the caller. */
  readonly reason: string | null;
  readonly policyId: string | null;
  /**
   * What an event of its own kind has to say: the lines of a changed policy, the digests of a configuration. Of a request, by which session,
   * key or token it came, `{session}` or `{credential}`, or which delivery it was.
   */
  readonly detail: JsonObject | null;
  readonly durationMilliseconds: number;
}

/** Where audit events go. A sink that throws is reported and does not change the answer. */
export interface AuditSink {
  write(event: AuditEvent): void;
}

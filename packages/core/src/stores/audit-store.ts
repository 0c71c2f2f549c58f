import type { JsonObject } from '@agentflow/protocol';
import type { AuditEvent, AuditedActor } from '../audit-event.js';

/** An event, and how many alike it stands for. */
export interface CountedAuditEvent {
  readonly event: AuditEvent;
  readonly count: number;
  /**
   * What refusals of strangers that are alike have in common: address, code, reason, minute. They are one row with a count,
   * so that whoever knocks a million times does not fill the database. So are refusals of the same node or tool within one
   * request. Null for any other event: it has a row of its own.
   */
  readonly refusalKey: string | null;
}

/** What is kept of a decision: who asked for what, and what became of it. */
export interface KeptDecision {
  readonly event: AuditEvent['event'];
  /** The route's name in the table. */
  readonly route: string | null;
  readonly tenant: string;
  readonly realm: string;
  readonly subject: string;
  /** Of the credential; null where a version kept it that kept no roles. */
  readonly roles: readonly string[] | null;
  /** Who acted for it; null where it acted itself. */
  readonly actor: AuditedActor | null;
  readonly resource: string;
  readonly action: string;
  readonly resourceId: string | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly policyId: string | null;
  readonly detail: JsonObject | null;
  /** How many alike it stands for. */
  readonly count: number;
}

export interface WantedDecisions {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly events: readonly AuditEvent['event'][];
}

/** Where audit events are kept, to be searched. They are only ever added. */
export interface AuditStore {
  append(events: readonly CountedAuditEvent[]): Promise<void>;
  /** Those that are about somebody and a permission, in the order in which they were kept. Reads them in parts, whatever their number. */
  decisions(wanted: WantedDecisions): AsyncIterable<KeptDecision>;
}

/** The audit events of a database that is only read. */
export interface AuditTrail extends Pick<AuditStore, 'decisions'> {
  close(): Promise<void>;
}

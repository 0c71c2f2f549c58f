import type { AuditEvent } from '../audit-event.js';

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

/** Where audit events are kept, to be searched. They are only ever added. */
export interface AuditStore {
  append(events: readonly CountedAuditEvent[]): Promise<void>;
}

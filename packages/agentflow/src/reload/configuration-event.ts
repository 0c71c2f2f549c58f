import { randomUUID } from 'node:crypto';
import { type AuditSink, type Clock, type ConfigurationEventName, formatTime, type Log } from '@agentflow/core';
import type { ConfigurationDigest } from './configuration-digest.js';

export interface ConfigurationChange {
  readonly event: ConfigurationEventName;
  /** Of the configuration that was in force; null at start. */
  readonly from: ConfigurationDigest | null;
  /** Of the one that was read. */
  readonly to: ConfigurationDigest;
  /** Why it was refused. */
  readonly reason?: string;
}

/** A list of faults may be as long as the file. */
const maxReasonLength = 2_000;

/** Writes an event that is no request's. It never throws: what it tells of has happened. */
export function writeConfigurationEvent(
  { event, from, to, reason }: ConfigurationChange,
  { audit, clock, log }: { readonly audit: AuditSink; readonly clock: Clock; readonly log: Log },
): void {
  const requestId = randomUUID();
  try {
    audit.write({
      ...{ time: formatTime(clock.now()), requestId, event, route: null },
      ...{ method: '(none)', path: '(none)', address: '(none)' },
      ...{ principal: null, actors: [], authenticatedBy: null, resource: null, action: null, resourceId: null },
      ...{ outcome: event === 'configuration-refused' ? 'refused' : 'allowed', status: 0, code: null },
      ...{ reason: reason?.slice(0, maxReasonLength) ?? null, policyId: null, durationMilliseconds: 0 },
      detail: { from, to },
    });
  } catch (error) {
    log.error({ requestId, error }, 'the audit sink threw');
  }
}

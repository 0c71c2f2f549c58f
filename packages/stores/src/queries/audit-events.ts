import { type AuditStore, type CountedAuditEvent, toPrintable } from '@agentflow/core';
import { type Insertable, type Kysely, sql } from 'kysely';
import type { AuditEventTable, Database } from '../schema.js';

/** Audit events, only ever added to. Refusals that are alike add to one row's count. */
export function createAuditStore(db: Kysely<Database>): AuditStore {
  return {
    async append(events) {
      if (events.length === 0) return;
      await db
        .insertInto('audit_events')
        .values(events.map(toRow))
        .onConflict((conflict) =>
          conflict.column('refusal_key').doUpdateSet({ count: sql`audit_events.count + excluded.count` }),
        )
        .execute();
    },
  };
}

function toRow({ event, count, refusalKey }: CountedAuditEvent): Insertable<AuditEventTable> {
  return {
    time: event.time,
    request_id: event.requestId,
    event: event.event,
    route: event.route,
    method: event.method,
    path: keepable(event.path),
    address: event.address,
    tenant: event.principal?.tenant ?? null,
    realm: event.principal?.realm ?? null,
    subject: event.principal?.subject ?? null,
    authenticated_by: event.authenticatedBy,
    resource: event.resource,
    action: event.action,
    resource_id: event.resourceId,
    outcome: event.outcome,
    status: event.status,
    code: event.code,
    reason: keepable(event.reason),
    policy_id: keepable(event.policyId),
    roles: event.principal === null ? null : JSON.stringify(event.principal.roles),
    actors: event.actors.length === 0 ? null : JSON.stringify(event.actors),
    detail: event.detail === null ? null : JSON.stringify(event.detail),
    duration_milliseconds: Math.round(event.durationMilliseconds),
    count,
    refusal_key: keepable(refusalKey),
  };
}

/** What others wrote may hold what PostgreSQL cannot keep, NUL for one. */
function keepable<T extends string | null>(text: T): T {
  return (text === null ? null : toPrintable(text)) as T;
}

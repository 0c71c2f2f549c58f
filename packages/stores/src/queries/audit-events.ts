import {
  type AuditStore,
  type CountedAuditEvent,
  formatTime,
  type KeptDecision,
  toPrintable,
  type WantedDecisions,
} from '@agentflow/core';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
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
    decisions: (wanted) => readDecisions(db, wanted),
  };
}

/** Rows in memory at once. */
const pageSize = 2_000;

export async function* readDecisions(
  db: Kysely<Database>,
  { since, events }: WantedDecisions,
): AsyncGenerator<KeptDecision> {
  let last = 0;
  for (;;) {
    const rows = await db
      .selectFrom('audit_events')
      .select(decisionColumns)
      .where('sequence', '>', last)
      .where('time', '>=', formatTime(since))
      .where('event', 'in', [...events])
      .where('resource', 'is not', null)
      .where('subject', 'is not', null)
      .orderBy('sequence')
      .limit(pageSize)
      .execute();
    for (const row of rows) yield toDecision(row);
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.sequence ?? last;
  }
}

const decisionColumns = [
  ...(['sequence', 'event', 'route', 'tenant', 'realm', 'subject', 'roles', 'actors', 'resource'] as const),
  ...(['action', 'resource_id', 'code', 'reason', 'policy_id', 'detail', 'count'] as const),
] as const;

type DecisionRow = Pick<Selectable<AuditEventTable>, (typeof decisionColumns)[number]>;

function toDecision(row: DecisionRow): KeptDecision {
  return {
    event: row.event as KeptDecision['event'],
    route: row.route,
    tenant: row.tenant ?? '',
    realm: row.realm ?? '',
    subject: row.subject ?? '',
    roles: row.roles === null ? null : JSON.parse(row.roles),
    actor: row.actors === null ? null : JSON.parse(row.actors)[0],
    resource: row.resource ?? '',
    action: row.action ?? '',
    resourceId: row.resource_id,
    code: row.code,
    reason: row.reason,
    policyId: row.policy_id,
    detail: row.detail === null ? null : JSON.parse(row.detail),
    count: row.count,
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

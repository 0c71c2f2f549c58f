import type { SubjectId, TenantId, Thread } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import type { Selectable } from 'kysely';
import type { ThreadTable } from '../schema.js';

export function toThread(row: Selectable<ThreadTable>): Thread {
  const { tenant, realm, subject } = row;
  return {
    uuid: row.uuid,
    // What was written once as an owner is one.
    owner: { tenant: tenant as TenantId, realm, subject: subject as SubjectId },
    threadId: row.thread_id,
    name: row.name,
    metadata: JSON.parse(row.metadata) as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    runId: row.run_id,
  };
}

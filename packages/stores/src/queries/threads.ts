import { randomUUID } from 'node:crypto';
import type { Clock, OwnerKey, Thread, ThreadStore } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database, ThreadTable } from '../schema.js';
import { deleteCheckpoints } from './checkpoints.js';

/** Threads. Every statement that finds one by its owner's id names the whole owner. */
export function createThreadStore(db: Kysely<Database>, clock: Clock): ThreadStore {
  const owned = (owner: OwnerKey) =>
    db
      .selectFrom('threads')
      .selectAll()
      .where('tenant', '=', owner.tenant)
      .where('realm', '=', owner.realm)
      .where('subject', '=', owner.subject);

  const find: ThreadStore['find'] = async (owner, threadId) => {
    const row = await owned(owner).where('thread_id', '=', threadId).executeTakeFirst();
    return row && toThread(row, owner);
  };

  async function insert(owner: OwnerKey, threadId: string): Promise<Thread | undefined> {
    const now = clock.now();
    const row = await db
      .insertInto('threads')
      .values({
        uuid: randomUUID(),
        tenant: owner.tenant,
        realm: owner.realm,
        subject: owner.subject,
        thread_id: threadId,
        name: null,
        search_text: threadId.toLowerCase(),
        metadata: '{}',
        created_at: now,
        updated_at: now,
        run_id: null,
      })
      .onConflict((conflict) => conflict.columns(['tenant', 'realm', 'subject', 'thread_id']).doNothing())
      .returningAll()
      .executeTakeFirst();
    return row && toThread(row, owner);
  }

  return {
    find,

    async open(owner, threadId) {
      // Found or inserted; a thread that is deleted between the two steps is inserted in the next round.
      for (;;) {
        const existing = await find(owner, threadId);
        if (existing !== undefined) return { thread: existing, created: false };
        const inserted = await insert(owner, threadId);
        if (inserted !== undefined) return { thread: inserted, created: true };
      }
    },

    async list(owner, { search, offset, limit }) {
      const found = search === '' ? owned(owner) : owned(owner).where(mentions(search));
      const rows = await found.orderBy('updated_at', 'desc').orderBy('uuid').limit(limit).offset(offset).execute();
      return rows.map((row) => toThread(row, owner));
    },

    async touch(thread, runId) {
      const result = await db
        .updateTable('threads')
        .set({ updated_at: clock.now(), ...(runId !== null && { run_id: runId }) })
        .where('uuid', '=', thread.uuid)
        .executeTakeFirstOrThrow();
      return result.numUpdatedRows > 0n;
    },

    delete(thread) {
      return db.transaction().execute(async (transaction) => {
        await deleteCheckpoints(transaction, thread.uuid);
        const result = await transaction
          .deleteFrom('threads')
          .where('uuid', '=', thread.uuid)
          .executeTakeFirstOrThrow();
        return result.numDeletedRows > 0n;
      });
    },
  };
}

/** Part of the id or the name; the wildcards of `like` stand for themselves. */
function mentions(search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`search_text like ${pattern} escape '\\'`;
}

function toThread(row: Selectable<ThreadTable>, owner: OwnerKey): Thread {
  return {
    uuid: row.uuid,
    owner,
    threadId: row.thread_id,
    name: row.name,
    metadata: JSON.parse(row.metadata) as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    runId: row.run_id,
  };
}

import { randomUUID } from 'node:crypto';
import type { Clock, OwnerKey, TenantId, Thread, ThreadQuery, ThreadStore } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';
import { deleteCheckpoints } from './checkpoints.js';
import { deleteGrants } from './grants.js';
import type { HeldLeases } from './held-leases.js';
import { isAmong } from './is-among.js';
import { mentions } from './mentions.js';
import { comesAfter, ownedBy } from './owned.js';
import { prepareQuery } from './prepare-query.js';
import { toThread } from './thread-row.js';

/** Threads. Every statement that finds one by its owner's id names the whole owner. */
export function createThreadStore(db: Kysely<Database>, clock: Clock, held: HeldLeases): ThreadStore {
  const owned = (owner: OwnerKey) => db.selectFrom('threads').selectAll().where(ownedBy(owner));
  const ofTenant = (tenant: TenantId) => db.selectFrom('threads').selectAll().where('tenant', '=', tenant);

  const rowOf = prepareQuery(db, ({ tenant, realm, subject, threadId }: OwnerKey & { readonly threadId: string }) =>
    owned({ tenant, realm, subject }).where('thread_id', '=', threadId),
  );
  const find: ThreadStore['find'] = async ({ tenant, realm, subject }, threadId) => {
    const [row] = await rowOf({ tenant, realm, subject, threadId });
    return row && toThread(row);
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
    return row && toThread(row);
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

    list: (owner, query) => list(owned(owner), query, 'thread_id'),

    async findInTenant(tenant, uuid) {
      const row = await ofTenant(tenant).where('uuid', '=', uuid).executeTakeFirst();
      return row && toThread(row);
    },

    listInTenant: (tenant, query) => list(ofTenant(tenant), query, 'uuid'),

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
        await held.require(transaction, thread.uuid);
        await deleteCheckpoints(transaction, thread.uuid);
        await transaction.deleteFrom('runs').where('thread_uuid', '=', thread.uuid).execute();
        const result = await transaction
          .deleteFrom('threads')
          .where('uuid', '=', thread.uuid)
          .executeTakeFirstOrThrow();
        // After the thread, whose row whoever shares it has locked meanwhile.
        await deleteGrants(transaction, thread.uuid);
        return result.numDeletedRows > 0n;
      });
    },
  };
}

type ThreadSelection = ReturnType<typeof selectThreads>;
const selectThreads = (db: Kysely<Database>) => db.selectFrom('threads').selectAll();

async function list(
  chosen: ThreadSelection,
  { search, offset, limit, after, among }: ThreadQuery,
  id: 'thread_id' | 'uuid',
): Promise<Thread[]> {
  let found = chosen;
  if (among !== undefined) found = found.where(isAmong(id, among));
  if (search !== '') found = found.where(mentions(search));
  if (after !== undefined) found = found.where(comesAfter('updated_at', 'uuid', after));
  const ordered = found.orderBy('updated_at', 'desc').orderBy('uuid', 'desc');
  return (await ordered.limit(limit).offset(offset).execute()).map(toThread);
}

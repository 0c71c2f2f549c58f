import { randomUUID } from 'node:crypto';
import {
  type Asker,
  type Clock,
  type Grant,
  type Grantee,
  type GrantStore,
  maxGrants,
  type SharedThread,
  type Thread,
  TooManyGrantsError,
} from '@agentflow/core';
import type { ThreadAccess } from '@agentflow/protocol';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database, ThreadGrantTable, ThreadTable } from '../schema.js';
import { isAmong } from './is-among.js';
import { comesAfter, ownedBy } from './owned.js';
import { toThread } from './thread-row.js';

/** Who shares which thread with whom. Whatever finds another's thread names the tenant of whoever asks, twice. */
export function createGrantStore(db: Kysely<Database>, clock: Clock): GrantStore {
  const ofThread = (within: Kysely<Database>, { uuid }: Thread) =>
    within.selectFrom('thread_grants').selectAll().where('thread_uuid', '=', uuid);

  return {
    async list(thread) {
      const rows = await ofThread(db, thread).orderBy('created_at').orderBy('grant_id').execute();
      return rows.map(toGrant);
    },

    put: (thread, grantee, access) =>
      db.transaction().execute(async (transaction) => {
        if (!(await lockThread(transaction, thread))) return undefined;
        const key = keyOf(grantee);
        const rows = await ofThread(transaction, thread).execute();
        const isNew = !rows.some((row) => row.kind === key.kind && row.realm === key.realm && row.name === key.name);
        if (isNew && rows.length >= maxGrants) throw new TooManyGrantsError(`a thread has at most ${maxGrants} grants`);
        const row = await transaction
          .insertInto('thread_grants')
          .values({
            ...{ grant_id: randomUUID(), thread_uuid: thread.uuid, tenant: thread.owner.tenant, ...key },
            ...{ access, created_at: clock.now() },
          })
          .onConflict((conflict) => conflict.columns(['thread_uuid', 'kind', 'realm', 'name']).doUpdateSet({ access }))
          .returningAll()
          .executeTakeFirstOrThrow();
        return toGrant(row);
      }),

    async remove({ uuid }, grantId) {
      const row = await db
        .deleteFrom('thread_grants')
        .where('thread_uuid', '=', uuid)
        .where('grant_id', '=', grantId)
        .returningAll()
        .executeTakeFirst();
      return row && toGrant(row);
    },

    async findShared(asker, uuid) {
      const row = await sharedWith(db, asker, uuid).executeTakeFirst();
      return row && toShared(row);
    },

    async listShared(asker, { offset, limit, after, among }) {
      let found = sharedWith(db, asker);
      if (among !== undefined) found = found.where(isAmong('uuid', among));
      if (after !== undefined) found = found.where(comesAfter('updated_at', 'uuid', after));
      const ordered = found.orderBy('updated_at', 'desc').orderBy('uuid', 'desc');
      return (await ordered.limit(limit).offset(offset).execute()).map(toShared);
    },
  };
}

/** Removes the grants of a thread that is gone: they share nothing, and its uuid comes never again. */
export async function deleteGrants(transaction: Kysely<Database>, threadUuid: string): Promise<void> {
  await transaction.deleteFrom('thread_grants').where('thread_uuid', '=', threadUuid).execute();
}

/** An update that changes nothing, because it locks the row: grants are counted one at a time, and none outlives its thread. */
async function lockThread(transaction: Kysely<Database>, { uuid }: Thread): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('threads')
    .set({ uuid })
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Others' threads that are shared with whoever asks, each once with the most that is given. One's own are never shared. */
function sharedWith(db: Kysely<Database>, asker: Asker, uuid?: string) {
  const { owner } = asker;
  let grants = db
    .selectFrom('thread_grants')
    // In the order of the alphabet too, "write" comes after "read".
    .select(['thread_uuid', sql<ThreadAccess>`max(access)`.as('access')])
    .where('tenant', '=', owner.tenant)
    .where(isFor(asker))
    .groupBy('thread_uuid');
  if (uuid !== undefined) grants = grants.where('thread_uuid', '=', uuid);
  return db
    .selectFrom(grants.as('granted'))
    .innerJoin('threads', 'threads.uuid', 'granted.thread_uuid')
    .selectAll('threads')
    .select('granted.access')
    .where('tenant', '=', owner.tenant)
    .where(sql<boolean>`not (${ownedBy(owner)})`);
}

/** To whom a row is a grant: always in brackets, beside the condition that names the tenant. */
function isFor({ owner, roles }: Asker) {
  const user = sql<boolean>`(kind = 'user' and realm = ${owner.realm} and name = ${owner.subject})`;
  if (roles.length === 0) return user;
  return sql<boolean>`(${user} or (kind = 'role' and name in (${sql.join([...roles])})))`;
}

function keyOf(grantee: Grantee): Pick<ThreadGrantTable, 'kind' | 'realm' | 'name'> {
  return grantee.kind === 'user'
    ? { kind: 'user', realm: grantee.realm, name: grantee.subject }
    : { kind: 'role', realm: '', name: grantee.role };
}

function toGrant({ grant_id: grantId, kind, realm, name, access, created_at }: Selectable<ThreadGrantTable>): Grant {
  const grantee: Grantee = kind === 'user' ? { kind, realm, subject: name } : { kind, role: name };
  return { grantId, grantee, access, createdAt: created_at };
}

function toShared(row: Selectable<ThreadTable> & { readonly access: ThreadAccess }): SharedThread {
  return { thread: toThread(row), access: row.access };
}

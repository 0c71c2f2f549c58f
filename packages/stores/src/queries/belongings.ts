import type { BelongingsStore, OwnerKey } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';
import type { Database } from '../schema.js';
import { deleteCheckpoints } from './checkpoints.js';
import { deleteGrants } from './grants.js';
import { ownedBy } from './owned.js';

/** Tables whose rows are somebody's, and have nothing hanging on them. */
const plainTables = ['runs', 'remote_tools', 'tickets', 'sessions'] as const;

/**
 * Rows go in the order in which whoever deletes one thread or one file takes them: of two that wait for a row of each other's, PostgreSQL
 * would turn one away.
 */
export function createBelongingsStore(db: Kysely<Database>, dialect: DatabaseDialect): BelongingsStore {
  return {
    async delete(owner) {
      await deleteGrantsTo(db, owner);
      // Before the transaction, which begins with a write: what SQLite lets one read first may be too old to be written to.
      const threads = await db.selectFrom('threads').select('uuid').where(ownedBy(owner)).orderBy('uuid').execute();
      return db.transaction().execute(async (transaction) => {
        for (const { uuid } of threads) await deleteThread(transaction, uuid);
        await deleteMemories(transaction, owner, dialect);
        for (const table of plainTables) await transaction.deleteFrom(table).where(ownedBy(owner)).execute();
        const files = await transaction.deleteFrom('files').where(ownedBy(owner)).returning('file_id').execute();
        await transaction.deleteFrom('file_usage').where(ownedBy(owner)).execute();
        return { fileIds: files.map((row) => row.file_id) };
      });
    },
  };
}

/** What others share with them. By itself: where two go at once who share with each other, each would wait for the other's rows. */
async function deleteGrantsTo(db: Kysely<Database>, { tenant, realm, subject }: OwnerKey): Promise<void> {
  await db
    .deleteFrom('thread_grants')
    .where('tenant', '=', tenant)
    .where('kind', '=', 'user')
    .where('realm', '=', realm)
    .where('name', '=', subject)
    .execute();
}

/** Whoever holds it has lost it: nothing that still runs can write there. */
async function deleteThread(transaction: Kysely<Database>, uuid: string): Promise<void> {
  await transaction.deleteFrom('leases').where('thread_uuid', '=', uuid).execute();
  await deleteCheckpoints(transaction, uuid);
  await transaction.deleteFrom('runs').where('thread_uuid', '=', uuid).execute();
  await transaction.deleteFrom('threads').where('uuid', '=', uuid).execute();
  await deleteGrants(transaction, uuid);
}

async function deleteMemories(transaction: Kysely<Database>, owner: OwnerKey, { fullText }: DatabaseDialect) {
  const rows = await transaction.deleteFrom('memories').where(ownedBy(owner)).returning('sequence').execute();
  await fullText.remove(
    transaction,
    rows.map(({ sequence }) => sequence),
  );
}

import type { BelongingsStore, OwnerKey } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';
import type { Database } from '../schema.js';
import { deleteCheckpoints } from './checkpoints.js';
import { deleteGrants } from './grants.js';
import { ownedBy } from './owned.js';

/** Tables whose rows are somebody's, and have nothing hanging on them. */
const plainTables = ['runs', 'remote_tools', 'tickets', 'file_usage', 'sessions'] as const;

export function createBelongingsStore(db: Kysely<Database>, dialect: DatabaseDialect): BelongingsStore {
  return {
    delete: (owner) =>
      db.transaction().execute(async (transaction) => {
        await deleteThreads(transaction, owner);
        await deleteMemories(transaction, owner, dialect);
        for (const table of plainTables) await transaction.deleteFrom(table).where(ownedBy(owner)).execute();
        // What others share with them.
        const { tenant, realm, subject } = owner;
        await transaction
          .deleteFrom('thread_grants')
          .where('tenant', '=', tenant)
          .where('kind', '=', 'user')
          .where('realm', '=', realm)
          .where('name', '=', subject)
          .execute();
        const files = await transaction.deleteFrom('files').where(ownedBy(owner)).returning('file_id').execute();
        return { fileIds: files.map((row) => row.file_id) };
      }),
  };
}

/** Whoever holds one has lost it: nothing that still runs can write there. */
async function deleteThreads(transaction: Kysely<Database>, owner: OwnerKey): Promise<void> {
  const threads = await transaction.deleteFrom('threads').where(ownedBy(owner)).returning('uuid').execute();
  for (const { uuid } of threads) {
    await transaction.deleteFrom('leases').where('thread_uuid', '=', uuid).execute();
    await deleteCheckpoints(transaction, uuid);
    await transaction.deleteFrom('runs').where('thread_uuid', '=', uuid).execute();
    await deleteGrants(transaction, uuid);
  }
}

async function deleteMemories(transaction: Kysely<Database>, owner: OwnerKey, { fullText }: DatabaseDialect) {
  const rows = await transaction.deleteFrom('memories').where(ownedBy(owner)).returning('sequence').execute();
  await fullText.remove(
    transaction,
    rows.map(({ sequence }) => sequence),
  );
}

import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Memories belong to tenant, realm and subject; their words are kept in an index of each database's own. */
export const up =
  ({ text, counter, counterKey, fullText }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('memories')
      .addColumn('sequence', counter, counterKey)
      .addColumn('memory_id', text, (column) => column.notNull())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('namespace', text, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('value', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('memories_id', ['memory_id'])
      .addUniqueConstraint('memories_owner_key', ['tenant', 'realm', 'subject', 'namespace', 'key'])
      .execute();
    await db.schema
      .createIndex('memories_owner_updated_at')
      .on('memories')
      .columns(['tenant', 'realm', 'subject', 'updated_at'])
      .execute();
    await fullText.createIndex(db);
  };

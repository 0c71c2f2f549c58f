import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Threads belong to tenant, realm and subject from the first row on. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('threads')
      .addColumn('uuid', text, (column) => column.primaryKey())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('thread_id', text, (column) => column.notNull())
      .addColumn('name', text)
      .addColumn('search_text', text, (column) => column.notNull())
      .addColumn('metadata', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('run_id', text)
      .addUniqueConstraint('threads_owner_thread_id', ['tenant', 'realm', 'subject', 'thread_id'])
      .execute();
    await db.schema
      .createIndex('threads_owner_updated_at')
      .on('threads')
      .columns(['tenant', 'realm', 'subject', 'updated_at'])
      .execute();
    await db.schema
      .createTable('leases')
      .addColumn('thread_uuid', text, (column) => column.primaryKey())
      .addColumn('holder', text, (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
  };

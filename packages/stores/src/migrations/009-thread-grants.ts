import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** With whom threads are shared, each with each once; found by the thread, and by whom it is shared with. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('thread_grants')
      .addColumn('grant_id', text, (column) => column.primaryKey())
      .addColumn('thread_uuid', text, (column) => column.notNull())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('access', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('thread_grants_thread_grantee', ['thread_uuid', 'kind', 'realm', 'name'])
      .execute();
    await db.schema
      .createIndex('thread_grants_grantee')
      .on('thread_grants')
      .columns(['tenant', 'kind', 'realm', 'name'])
      .execute();
  };

import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** A row for every run. Its owner stands in it, as in a thread's, and so does the id that its owner calls the thread by. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('runs')
      .addColumn('run_id', text, (column) => column.primaryKey())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('thread_uuid', text, (column) => column.notNull())
      .addColumn('thread_id', text, (column) => column.notNull())
      .addColumn('holder', text, (column) => column.notNull())
      .addColumn('status', text, (column) => column.notNull())
      .addColumn('reason', text)
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .execute();
    await db.schema
      .createIndex('runs_owner_started_at')
      .on('runs')
      .columns(['tenant', 'realm', 'subject', 'started_at'])
      .execute();
    await db.schema.createIndex('runs_thread').on('runs').column('thread_uuid').execute();
  };

import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** A row for every request's outcome; refusals of strangers that are alike share one. */
export const up =
  ({ text, counter, counterKey }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('audit_events')
      .addColumn('sequence', counter, counterKey)
      .addColumn('time', text, (column) => column.notNull())
      .addColumn('request_id', text, (column) => column.notNull())
      .addColumn('event', text, (column) => column.notNull())
      .addColumn('route', text)
      .addColumn('method', text, (column) => column.notNull())
      .addColumn('path', text, (column) => column.notNull())
      .addColumn('address', text, (column) => column.notNull())
      .addColumn('tenant', text)
      .addColumn('realm', text)
      .addColumn('subject', text)
      .addColumn('authenticated_by', text)
      .addColumn('resource', text)
      .addColumn('action', text)
      .addColumn('resource_id', text)
      .addColumn('outcome', text, (column) => column.notNull())
      .addColumn('status', 'integer', (column) => column.notNull())
      .addColumn('code', text)
      .addColumn('reason', text)
      .addColumn('policy_id', text)
      .addColumn('duration_milliseconds', 'integer', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addColumn('refusal_key', text, (column) => column.unique())
      .execute();
    await db.schema.createIndex('audit_events_time').on('audit_events').column('time').execute();
    await db.schema
      .createIndex('audit_events_actor')
      .on('audit_events')
      .columns(['tenant', 'realm', 'subject', 'time'])
      .execute();
  };

import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Tickets that nobody has used yet. What one holds can be read with the ticket alone, which is not here. */
export const up =
  ({ text, bytes }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('tickets')
      .addColumn('ticket_hash', text, (column) => column.primaryKey())
      .addColumn('route', text, (column) => column.notNull())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('sealed', bytes, (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('tickets_owner').on('tickets').columns(['tenant', 'realm', 'subject']).execute();
    await db.schema.createIndex('tickets_expires_at').on('tickets').column('expires_at').execute();
  };

import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/**
 * Files, whose bytes lie on disk, and how many bytes each owner has: a row that an upload adds to and whose limit it asks in one statement.
 * Keys that the server makes for itself.
 */
export const up =
  ({ text, bytes }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('files')
      .addColumn('file_id', text, (column) => column.primaryKey())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('filename', text, (column) => column.notNull())
      .addColumn('mime_type', text, (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('sha256', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('file_usage')
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('file_usage_owner', ['tenant', 'realm', 'subject'])
      .execute();
    await db.schema
      .createTable('server_keys')
      .addColumn('purpose', text, (column) => column.primaryKey())
      .addColumn('key', bytes, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
  };

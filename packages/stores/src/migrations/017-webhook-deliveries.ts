import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Which deliveries of webhooks have come: by the digest of their id, and nothing of what they brought. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('webhook_deliveries')
      .addColumn('hook', text, (column) => column.notNull())
      .addColumn('id_digest', text, (column) => column.notNull())
      .addColumn('holder', text, (column) => column.notNull())
      .addColumn('held_until', 'bigint')
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('webhook_deliveries_key', ['hook', 'id_digest'])
      .execute();
    await db.schema
      .createIndex('webhook_deliveries_expires_at')
      .on('webhook_deliveries')
      .column('expires_at')
      .execute();
  };

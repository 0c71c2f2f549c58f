import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Sessions that have not been ended, the keys that sign their access tokens, and when users have signed in. */
export const up =
  ({ text, bytes }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('sessions')
      .addColumn('family_id', text, (column) => column.primaryKey())
      .addColumn('session_id', text, (column) => column.notNull().unique())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('vouched', text, (column) => column.notNull())
      .addColumn('via', text, (column) => column.notNull())
      .addColumn('generation', 'integer', (column) => column.notNull())
      .addColumn('rotated_at', 'bigint', (column) => column.notNull())
      .addColumn('rotated_by', text, (column) => column.notNull())
      .addColumn('salt', bytes, (column) => column.notNull())
      .addColumn('pepper_id', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint', (column) => column.notNull())
      .addColumn('idle_until', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('address', text)
      .addColumn('user_agent', text)
      .execute();
    await db.schema.createIndex('sessions_owner').on('sessions').columns(['tenant', 'realm', 'subject']).execute();
    await db.schema.createIndex('sessions_idle_until').on('sessions').column('idle_until').execute();
    await db.schema
      .createTable('signing_keys')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('key_id', text, (column) => column.notNull().unique())
      .addColumn('algorithm', text, (column) => column.notNull())
      .addColumn('sealed', bytes, (column) => column.notNull())
      .addColumn('pepper_id', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.alterTable('users').addColumn('signed_in_at', 'bigint').execute();
  };

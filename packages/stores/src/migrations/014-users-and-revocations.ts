import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** People who sign in here, and what was taken back, in the order in which it was. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('users')
      .addColumn('user_id', text, (column) => column.primaryKey())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('username', text, (column) => column.notNull())
      .addColumn('username_key', text, (column) => column.notNull().unique())
      .addColumn('roles', text, (column) => column.notNull())
      .addColumn('password_hash', text)
      .addColumn('password_changed_at', 'bigint')
      .addColumn('disabled_at', 'bigint')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('users_created_at').on('users').columns(['created_at', 'user_id']).execute();
    await db.schema.createIndex('users_tenant').on('users').columns(['tenant', 'created_at', 'user_id']).execute();
    await db.schema
      .createTable('revocations')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('issued_before', 'bigint')
      .addColumn('expires_at', 'bigint')
      .execute();
    await db.schema.createIndex('revocations_key').on('revocations').columns(['kind', 'key']).execute();
    await db.schema.createIndex('revocations_expires_at').on('revocations').column('expires_at').execute();
    // One row, which whoever takes a number holds until they have committed: no number becomes visible before a smaller one.
    await db.schema
      .createTable('turns')
      .addColumn('name', text, (column) => column.primaryKey())
      .addColumn('taken', 'bigint', (column) => column.notNull())
      .execute();
    await (db as Kysely<{ turns: { name: string; taken: number } }>)
      .insertInto('turns')
      .values([
        { name: 'revocations', taken: 0 },
        { name: 'first user', taken: 0 },
      ])
      .execute();
  };

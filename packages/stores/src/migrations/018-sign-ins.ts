import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Attempts to sign in with a provider that have come back, by the hash of their state: none is used twice. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('used_sign_ins')
      .addColumn('attempt_hash', text, (column) => column.primaryKey())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('used_sign_ins_expires_at').on('used_sign_ins').column('expires_at').execute();
  };

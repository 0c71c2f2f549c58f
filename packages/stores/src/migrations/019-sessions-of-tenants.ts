import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** How an operator finds the latest sessions, and an administrator those of a tenant and of somebody in it, without reading all of them. */
export const up =
  (_dialect: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    const latest = ['created_at', 'session_id'];
    await db.schema.createIndex('sessions_latest').on('sessions').columns(latest).execute();
    await db.schema
      .createIndex('sessions_tenant')
      .on('sessions')
      .columns(['tenant', ...latest])
      .execute();
    await db.schema
      .createIndex('sessions_subject')
      .on('sessions')
      .columns(['tenant', 'subject', ...latest])
      .execute();
  };

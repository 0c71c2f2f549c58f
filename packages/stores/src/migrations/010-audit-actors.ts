import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Who acted for the principal of an event: a JSON list, the current actor first. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema.alterTable('audit_events').addColumn('actors', text).execute();
  };

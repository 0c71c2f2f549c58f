import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** With the roles that a credential carried, a decision can be made again; `detail` is what an event of its own kind has to say. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema.alterTable('audit_events').addColumn('roles', text).execute();
    await db.schema.alterTable('audit_events').addColumn('detail', text).execute();
  };

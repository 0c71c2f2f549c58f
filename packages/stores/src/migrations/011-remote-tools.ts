import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** The tools that principals have declared, each their own; found by whose they are. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('remote_tools')
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('node', text, (column) => column.notNull())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('description', text, (column) => column.notNull())
      .addColumn('parameters', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('remote_tools_owner_position', ['tenant', 'realm', 'subject', 'position'])
      .execute();
  };

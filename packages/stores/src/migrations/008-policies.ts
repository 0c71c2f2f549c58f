import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/**
 * The lines of a policy, each once; a row for each time that it has changed; and what the latest of those have changed, for
 * whoever follows.
 */
export const up =
  ({ text, counter, counterKey }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('policy_lines')
      .addColumn('id', counter, counterKey)
      .addColumn('fields', text, (column) => column.notNull())
      .addColumn('search_text', text, (column) => column.notNull())
      .addColumn('digest', text, (column) => column.notNull().unique())
      .execute();
    await db.schema
      .createTable('policy_revisions')
      .addColumn('revision', counter, (column) => column.primaryKey())
      .addColumn('changed_at', counter, (column) => column.notNull())
      .addColumn('tenant', text)
      .addColumn('realm', text)
      .addColumn('subject', text)
      .addColumn('request_id', text)
      .addColumn('added', 'integer', (column) => column.notNull())
      .addColumn('removed', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('policy_changes')
      .addColumn('sequence', counter, counterKey)
      .addColumn('revision', counter, (column) => column.notNull())
      .addColumn('operation', text, (column) => column.notNull())
      .addColumn('line_id', counter, (column) => column.notNull())
      .addColumn('fields', text, (column) => column.notNull())
      .execute();
    await db.schema.createIndex('policy_changes_revision').on('policy_changes').column('revision').execute();
  };

import type { Kysely } from 'kysely';

/** Whoever asks a run to stop may be served by another process than the run: the lease is where both look. */
export const up =
  () =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .alterTable('leases')
      .addColumn('stop_requested', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  };

import type { ReadOnlyStores } from '@agentflow/core';
import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { createReadOnlyStores } from '../create-stores.js';
import { requireMigrated } from '../migrations/migrate.js';
import type { Database } from '../schema.js';
import { createAvailablePool } from './available-pool.js';
import { createPool, type PostgresOptions } from './open-postgres.js';

/**
 * Opens a PostgreSQL database to read what servers have kept. Nothing of it can change.
 * @throws {Error} if it cannot be reached, holds nothing of ours, or belongs to another version
 */
export async function readPostgres(options: PostgresOptions): Promise<ReadOnlyStores> {
  const pool = createPool({ ...options, maxConnections: 1 }, '-c default_transaction_read_only=on');
  pool.on('error', (error) => options.onIdleError(error));
  try {
    (await createAvailablePool(pool).connect()).release();
    requireMigrated(await migrationsIn(pool, options.schema));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return createReadOnlyStores(
    new Kysely<Database>({ dialect: new PostgresDialect({ pool: createAvailablePool(pool) }) }),
  );
}

async function migrationsIn(pool: Pool, schema: string): Promise<readonly string[]> {
  const { rows: found } = await pool.query<{ found: string | null }>("select to_regclass('kysely_migration') as found");
  if (typeof found[0]?.found !== 'string')
    throw new Error(`its schema "${schema}" holds nothing of agentflow: nothing was ever recorded there`);
  const { rows } = await pool.query<{ name: string }>('select name from kysely_migration');
  return rows.map(({ name }) => name);
}

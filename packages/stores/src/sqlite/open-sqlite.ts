import { chmodSync, existsSync } from 'node:fs';
import type { ChangeFeed, Clock, Stores } from '@agentflow/core';
import { Kysely } from 'kysely';
import { createStores } from '../create-stores.js';
import { migrate } from '../migrations/migrate.js';
import type { Database } from '../schema.js';
import { withMigrationLock } from './migration-lock.js';
import { sqliteDialect } from './sqlite-dialect.js';
import { createSqliteDriver } from './sqlite-driver.js';

/** SQLite sends no word to other processes. */
const silentFeed: ChangeFeed = { listen: () => () => undefined };

/** Owner only: the file holds what people said to the agent. */
const privateMode = 0o600;

/**
 * Opens the embedded database, and makes it if it is not there. `:memory:` keeps nothing.
 * @throws {Error} if the file cannot be opened or belongs to a newer version
 */
export async function openSqlite(file: string, clock: Clock): Promise<Stores> {
  const isNew = file !== ':memory:' && !existsSync(file);
  const db = new Kysely<Database>({ dialect: createSqliteDriver(file) });
  if (isNew) chmodSync(file, privateMode);
  try {
    await withMigrationLock(file, () => migrate(db, sqliteDialect));
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return createStores({ db, watching: db, clock, dialect: sqliteDialect, changes: silentFeed });
}

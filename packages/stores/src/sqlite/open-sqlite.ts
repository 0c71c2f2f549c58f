import { closeSync, openSync } from 'node:fs';
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
 * @throws {UnavailableError} if another process holds it, or the file cannot be opened
 * @throws {Error} if the file is no database or belongs to a newer version
 */
export async function openSqlite(file: string, clock: Clock): Promise<Stores> {
  const db = await withMigrationLock(file, () => openMigrated(file));
  return createStores({ db, watching: db, clock, dialect: sqliteDialect, changes: silentFeed });
}

/** The opening is done under the lock too: of two that turn a new file to its way of writing, SQLite lets one wait and the other fail. */
async function openMigrated(file: string): Promise<Kysely<Database>> {
  if (file !== ':memory:') makePrivate(file);
  const db = new Kysely<Database>({ dialect: createSqliteDriver(file) });
  try {
    await migrate(db, sqliteDialect);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Makes the file where there is none. SQLite gives the files beside it the same mode. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'ax', privateMode));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

import type { ReadOnlyStores } from '@agentflow/core';
import { Kysely } from 'kysely';
import { createReadOnlyStores } from '../create-stores.js';
import { requireMigrated } from '../migrations/migrate.js';
import type { Database } from '../schema.js';
import { migrationsOf, openReadOnly } from './read-only.js';
import { driverOver } from './sqlite-driver.js';

/**
 * Opens the embedded database to read what servers have kept. Changes nothing, also while a server writes.
 * @throws {Error} if the file is none of ours, or belongs to another version
 */
export function readSqlite(file: string): ReadOnlyStores {
  const database = openReadOnly(file);
  try {
    requireMigrated(migrationsOf(database));
  } catch (error) {
    database.close();
    throw error;
  }
  return createReadOnlyStores(new Kysely<Database>({ dialect: driverOver(database) }));
}

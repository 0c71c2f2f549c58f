import type { AuditTrail } from '@agentflow/core';
import { Kysely } from 'kysely';
import { requireMigrated } from '../migrations/migrate.js';
import { createAuditTrail } from '../queries/audit-events.js';
import type { Database } from '../schema.js';
import { migrationsOf, openReadOnly } from './read-only.js';
import { driverOver } from './sqlite-driver.js';

/**
 * Opens the audit events of the embedded database, to read them. Changes nothing, also while a server writes.
 * @throws {Error} if the file is none of ours, or belongs to another version
 */
export function readSqliteTrail(file: string): AuditTrail {
  const database = openReadOnly(file);
  try {
    requireMigrated(migrationsOf(database));
  } catch (error) {
    database.close();
    throw error;
  }
  return createAuditTrail(new Kysely<Database>({ dialect: driverOver(database) }));
}

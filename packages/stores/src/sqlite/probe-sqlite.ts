import { existsSync } from 'node:fs';
import { unknownMigrations } from '../migrations/migrate.js';
import { migrationsOf, openReadOnly } from './read-only.js';

/**
 * Whether the embedded database could be opened; leaves nothing behind, also no files beside it. One that is not there is good.
 * @throws {Error} if the file is none of ours or belongs to a newer version
 */
export function probeSqlite(file: string): void {
  if (!existsSync(file)) return;
  const database = openReadOnly(file);
  try {
    const [unknown] = unknownMigrations(migrationsOf(database));
    if (unknown !== undefined) {
      throw new Error(`the database cannot be used by this version of agentflow: a newer one has made "${unknown}"`);
    }
  } finally {
    database.close();
  }
}

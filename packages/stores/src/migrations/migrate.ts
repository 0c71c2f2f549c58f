import { type Kysely, type Migration, Migrator } from 'kysely';
import type { Database } from '../schema.js';
import * as threads from './001-threads.js';
import * as checkpoints from './002-checkpoints.js';

/** Every migration, in order. None is ever changed once it has been released. */
const migrations: Readonly<Record<string, Migration>> = {
  '001-threads': threads,
  '002-checkpoints': checkpoints,
};

/**
 * Brings the database to this program's version.
 * @throws {Error} if it is newer than the program, or a migration fails; nothing is half done then
 */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const message = error instanceof Error ? error.message : 'unknown error';
  throw new Error(`the database cannot be used by this version of agentflow: ${message}`, { cause: error });
}

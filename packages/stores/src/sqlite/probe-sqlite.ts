import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { unknownMigrations } from '../migrations/migrate.js';

/**
 * Whether the embedded database could be opened; leaves nothing behind, also no files beside it. One that is not there is good.
 * @throws {Error} if the file is none of ours or belongs to a newer version
 */
export function probeSqlite(file: string): void {
  if (!existsSync(file)) return;
  const url = pathToFileURL(file);
  // Where there is no log, SQLite would make one; where there is one, it must be read.
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1');
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const hasMigrations = database.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get();
    if (hasMigrations === undefined) return;
    const names = database.prepare('select name from kysely_migration').all() as { name: string }[];
    const [unknown] = unknownMigrations(names.map(({ name }) => name));
    if (unknown !== undefined) {
      throw new Error(`the database cannot be used by this version of agentflow: a newer one has made "${unknown}"`);
    }
  } finally {
    database.close();
  }
}

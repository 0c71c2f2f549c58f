import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

/**
 * Opens a file that is there, to read it; leaves nothing behind, also no files beside it.
 * @throws {Error} if it is none of SQLite's
 */
export function openReadOnly(file: string): DatabaseSyncInstance {
  const url = pathToFileURL(file);
  // Where there is no log, SQLite would make one; where there is one, it must be read.
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true, timeout: 5000 });
}

/** The names of those that the database has had. */
export function migrationsOf(database: DatabaseSyncInstance): readonly string[] {
  const hasMigrations = database.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get();
  if (hasMigrations === undefined) return [];
  const rows = database.prepare('select name from kysely_migration').all() as { name: string }[];
  return rows.map(({ name }) => name);
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, UnavailableError } from '@agentflow/core';
import { DatabaseSync } from '@photostructure/sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../schema.js';
import { withMigrationLock } from './migration-lock.js';
import { openSqlite } from './open-sqlite.js';
import { probeSqlite } from './probe-sqlite.js';
import { openReadOnly } from './read-only.js';
import { driverOver } from './sqlite-driver.js';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentflow-sqlite-'));
  file = join(directory, 'test.db');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a database is made for its owner alone, and opened again as it was', async () => {
  const first = await openSqlite(file, systemClock);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await first.leases.acquire('thread', 'holder', 60_000)).toBe(true);
  await first.close();
  const second = await openSqlite(file, systemClock);
  await second.ping();
  expect(await second.leases.acquire('thread', 'other', 60_000)).toBe(false);
  await second.close();
  await expect(second.ping()).rejects.toThrow();
});

test('while another process makes it, it is waited for', async () => {
  const opening = await withMigrationLock(file, async () => {
    const other = new DatabaseSync(file);
    other.exec('begin exclusive');
    const opened = openSqlite(file, systemClock);
    await new Promise((resolve) => setImmediate(resolve));
    other.close();
    return { opened };
  });
  const stores = await opening.opened;
  await stores.ping();
  await stores.close();
});

test('one that another keeps to itself is unavailable', { timeout: 20_000 }, async () => {
  const other = new DatabaseSync(file);
  other.exec('begin exclusive');
  await expect(openSqlite(file, systemClock)).rejects.toThrow(UnavailableError);
  other.close();
  await (await openSqlite(file, systemClock)).close();
});

test('one whose lock cannot be made is unavailable: its version is not at fault', async () => {
  await (await openSqlite(file, systemClock)).close();
  // Fails as a full disk does: in SQLite, before the database itself is looked at.
  rmSync(`${file}.lock`);
  mkdirSync(`${file}.lock`);
  await expect(openSqlite(file, systemClock)).rejects.toThrow(UnavailableError);
});

test('one that may not be written is unavailable to whoever writes, with and without rows', async () => {
  await (await openSqlite(file, systemClock)).close();
  const db = new Kysely<Database>({ dialect: driverOver(openReadOnly(file)) });
  const write = () => db.deleteFrom('threads');
  await expect(write().execute()).rejects.toThrow(UnavailableError);
  await expect(write().returningAll().execute()).rejects.toThrow(UnavailableError);
  await db.destroy();
});

test('a probe finds a good database good, or none at all, and leaves nothing behind', async () => {
  probeSqlite(file);
  expect(readdirSync(directory)).toEqual([]);
  await (await openSqlite(file, systemClock)).close();
  const before = readdirSync(directory);
  probeSqlite(file);
  expect(readdirSync(directory)).toEqual(before);
});

test('a probe refuses what is no database', () => {
  writeFileSync(file, 'not a database, but long enough to be looked at'.repeat(100));
  expect(() => probeSqlite(file)).toThrow(/not a database/);
});

test('a database of a newer version is not opened', async () => {
  await (await openSqlite(file, systemClock)).close();
  const raw = new DatabaseSync(file);
  raw.exec("insert into kysely_migration (name, timestamp) values ('999-from-the-future', '2030-01-01')");
  raw.close();
  await expect(openSqlite(file, systemClock)).rejects.toThrow('cannot be used by this version');
  expect(() => probeSqlite(file)).toThrow('cannot be used by this version');
});

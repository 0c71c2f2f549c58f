import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, expect, test } from 'vitest';
import { sqliteResultCode } from './sqlite-result-code.js';

const directory = mkdtempSync(join(tmpdir(), 'agentflow-codes-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The code of a failure, of a statement that answers with rows and of one that does not. */
function codesOf(database: { prepare(sql: string): { run(): unknown; all(): unknown } }, sql: string) {
  return [() => database.prepare(sql).run(), () => database.prepare(`${sql} returning *`).all()].map((work) => {
    try {
      work();
      return 'nothing failed';
    } catch (error) {
      return sqliteResultCode(error) & 0xff;
    }
  });
}

test('is known of statements with and without rows', () => {
  const file = join(directory, 'codes.db');
  const one = new DatabaseSync(file, { timeout: 0 });
  const other = new DatabaseSync(file, { timeout: 0 });
  one.exec('create table words (word text unique)');
  expect(codesOf(one, "insert into words values ('first')")).toEqual(['nothing failed', 19]);
  one.exec('begin immediate');
  expect(codesOf(other, "insert into words values ('second')")).toEqual([5, 5]);
  one.exec('rollback');
  expect(codesOf(other, 'insert into words values (null)')).toEqual(['nothing failed', 'nothing failed']);
  one.close();
  other.close();
});

test('is none for what SQLite has not said', () => {
  expect([new Error('database is locked'), 'database is locked', null].map(sqliteResultCode)).toEqual([0, 0, 0]);
});

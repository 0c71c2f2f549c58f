import { UnavailableError } from '@agentflow/core';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { SqliteDialect, type SqliteStatement } from 'kysely';
import { sqliteResultCode } from './sqlite-result-code.js';

type Parameter = null | number | bigint | string | Uint8Array;

/** Statements that are kept ready. The queries are few and always written alike. */
const maxStatements = 200;

/**
 * Kysely over Node's own SQLite code, with a cache of prepared statements.
 * @throws {UnavailableError} if the file is held or cannot be opened
 */
export function createSqliteDriver(file: string): SqliteDialect {
  return driverOver(available(() => openWriteAhead(file)));
}

function openWriteAhead(file: string): DatabaseSyncInstance {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma trusted_schema = off');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The same over a database that is open already. */
export function driverOver(database: DatabaseSyncInstance): SqliteDialect {
  const statements = new Map<string, SqliteStatement>();

  function prepare(sql: string): SqliteStatement {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = toSqliteStatement(database.prepare(sql));
    if (statements.size >= maxStatements) statements.clear();
    statements.set(sql, statement);
    return statement;
  }

  return new SqliteDialect({ database: { prepare, close: () => database.close() } });
}

/** Whether a statement answers with rows is asked once, when it is prepared. */
function toSqliteStatement(statement: StatementSyncInstance): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => available(() => statement.all(...(parameters as Parameter[]))),
    run: (parameters) => available(() => statement.run(...(parameters as Parameter[]))),
    iterate: (parameters) => statement.iterate(...(parameters as Parameter[])) as IterableIterator<unknown>,
  };
}

/** SQLite's result codes for what may pass: busy, locked, a file that cannot be written, a disk that fails or is full, a file that is gone. */
const passing: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14]);

/** Tells a database that cannot do it now, which is 503, from a statement that is wrong. */
function available<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw whetherItMayPass(error);
  }
}

/** The error to throw for one of SQLite's. */
export function whetherItMayPass(error: unknown): unknown {
  // The lowest byte is the primary code (sqlite.org/rescode.html).
  if (!passing.has(sqliteResultCode(error) & 0xff)) return error;
  return new UnavailableError({ reason: `the database cannot do it now: ${(error as Error).message}`, cause: error });
}

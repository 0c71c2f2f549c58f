import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { SqliteDialect, type SqliteStatement } from 'kysely';

type Parameter = null | number | bigint | string | Uint8Array;

/** Statements that are kept ready. The queries are few and always written alike. */
const maxStatements = 200;

/** Kysely's dialect over Node's own SQLite code, with a cache of prepared statements. */
export function createSqliteDialect(file: string): SqliteDialect {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma trusted_schema = off');
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
    all: (parameters) => statement.all(...(parameters as Parameter[])),
    run: (parameters) => statement.run(...(parameters as Parameter[])),
    iterate: (parameters) => statement.iterate(...(parameters as Parameter[])) as IterableIterator<unknown>,
  };
}

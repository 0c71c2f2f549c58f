import { sqliteResultCode } from '../sqlite/sqlite-result-code.js';

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
const sqliteCodes: ReadonlySet<number> = new Set([2067, 1555]);

/** PostgreSQL's `unique_violation`. */
const postgresCode = '23505';

/** Whether a statement was refused because there is such a row already. */
export function isUniqueViolation(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && error.code === postgresCode) return true;
  return sqliteCodes.has(sqliteResultCode(error));
}

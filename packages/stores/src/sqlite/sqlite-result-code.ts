/** SQLite's own words (`sqlite3_errstr`): where a statement answers with rows, the library tells these and no code. */
const codesByWords: readonly (readonly [beginning: string, code: number])[] = [
  ['database is locked', 5],
  ['database table is locked', 6],
  ['attempt to write a readonly database', 8],
  ['disk I/O error', 10],
  ['database or disk is full', 13],
  ['unable to open database file', 14],
  ['UNIQUE constraint failed', 2067],
];

/** The extended result code of SQLite by which a statement failed; 0 where it is none of SQLite's, or not known. */
export function sqliteResultCode(error: unknown): number {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) return 0;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode;
  return codesByWords.find(([beginning]) => error.message.startsWith(beginning))?.[1] ?? 0;
}

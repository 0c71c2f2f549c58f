import type { DatabaseDialect } from '../dialect.js';
import { sqliteFullText } from './sqlite-full-text.js';
import { sqliteJsonCondition } from './sqlite-json.js';

/** SQLite's spelling. It compares text byte by byte unless told otherwise. */
export const sqliteDialect: DatabaseDialect = {
  text: 'text',
  bytes: 'blob',
  counter: 'integer',
  counterKey: (column) => column.primaryKey().autoIncrement(),
  fullText: sqliteFullText,
  jsonCondition: sqliteJsonCondition,
  // Other processes look for themselves.
  announceChange: async () => undefined,
};

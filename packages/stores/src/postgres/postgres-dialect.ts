import { sql } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';
import { announceOnPostgres } from './postgres-change-feed.js';
import { postgresFullText } from './postgres-full-text.js';
import { postgresJsonCondition } from './postgres-json.js';

/** PostgreSQL's spelling. Without `collate "C"`, what comes first would depend on the language of the database. */
export const postgresDialect: DatabaseDialect = {
  text: sql.raw('text collate "C"'),
  bytes: 'bytea',
  counter: 'bigint',
  counterKey: (column) => column.generatedAlwaysAsIdentity().primaryKey(),
  fullText: postgresFullText,
  jsonCondition: postgresJsonCondition,
  announceChange: announceOnPostgres,
};

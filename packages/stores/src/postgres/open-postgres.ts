import type { Clock, Stores } from '@agentflow/core';
import { Kysely, PostgresDialect } from 'kysely';
import { type ClientConfig, type CustomTypesConfig, Pool, types } from 'pg';
import { createStores } from '../create-stores.js';
import { migrate } from '../migrations/migrate.js';
import type { Database } from '../schema.js';
import { createAvailablePool } from './available-pool.js';
import { createOwnSchemaIntrospector } from './own-schema-introspector.js';
import { createPostgresChangeFeed } from './postgres-change-feed.js';
import { postgresDialect } from './postgres-dialect.js';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; what it leaves out comes from `PGHOST`, `PGUSER` and their kind. */
  readonly url: string;
  /** Where our tables lie, apart from everybody else's. Made if it is not there. */
  readonly schema: string;
  /** Connections of this process, at most. */
  readonly maxConnections: number;
  /** For a connection that breaks while nobody uses it: the next request opens another. */
  onIdleError(error: Error): void;
}

/** PostgreSQL's number for `bigint`, which it sends as text because not every integer fits. Our times and counts do. */
const bigintType = 20;

const integersAsNumbers: CustomTypesConfig = {
  getTypeParser: (type, format) =>
    (type as number) === bigintType ? Number : types.getTypeParser(type, format ?? 'text'),
};

/** Long enough for a busy server; a database that is away must not hold requests for longer. */
const connectMilliseconds = 5_000;

/** No statement of ours takes long; one that does is stuck. */
const statementMilliseconds = 30_000;

/**
 * Opens a PostgreSQL database, in a schema of our own.
 * @throws {Error} if it cannot be reached or belongs to a newer version
 */
export async function openPostgres(options: PostgresOptions, clock: Clock): Promise<Stores> {
  const pool = createPool(options);
  // Without a listener, a connection that the server closes would end the process.
  pool.on('error', (error) => options.onIdleError(error));
  const dialect = new PostgresDialect({ pool: createAvailablePool(pool) });
  dialect.createIntrospector = (asking) => createOwnSchemaIntrospector(asking, options.schema);
  const db = new Kysely<Database>({ dialect });
  try {
    await migrate(db, postgresDialect, options.schema);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const feed = createPostgresChangeFeed(connectionConfig(options), options.schema);
  return createStores(db, clock, postgresDialect, feed);
}

/**
 * Whether the database answers. Changes nothing in it.
 * @throws {Error} if it does not
 */
export async function probePostgres(options: PostgresOptions): Promise<void> {
  const pool = createPool({ ...options, maxConnections: 1 });
  try {
    await pool.query('select 1');
  } finally {
    await pool.end();
  }
}

/** @param more of what a session is told when it begins */
export function createPool(options: PostgresOptions, more = ''): Pool {
  return new Pool({ ...connectionConfig(options, more), max: options.maxConnections });
}

function connectionConfig(options: PostgresOptions, more = ''): ClientConfig {
  return {
    connectionString: options.url,
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: statementMilliseconds,
    application_name: 'agentflow',
    options: `-c search_path=${quoteForOptions(options.schema)} ${more}`.trim(),
    types: integersAsNumbers,
  };
}

/** In `options` a space parts words and a backslash keeps one from doing so; in an identifier a quote is doubled. */
function quoteForOptions(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"`.replace(/[\\ ]/g, '\\$&');
}

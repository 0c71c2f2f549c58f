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
  /** Connections of this process for requests, at most; three more hear of changes. */
  readonly maxConnections: number;
  /** After how long PostgreSQL ends a statement. Absent: for requests half a minute, for what hears of changes 2 s. */
  readonly statementMilliseconds?: number | undefined;
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

/** One that looks, and one more where a look hangs. */
const watchingConnections = 2;

/** No statement of ours takes long; one that does is stuck. */
const defaultStatementMilliseconds = 30_000;

/** Nobody is let in by a list that could not be read for five seconds: until then two looks may fail, and a third succeed. */
const watchingMilliseconds = 2_000;

/**
 * PostgreSQL ends a statement by itself. An answer that is not there a little later will never come: the connection was lost on the
 * way, and nobody was told.
 */
const answerFactor = 1.2;

/** So that a connection that is lost while nobody uses it is noticed before it is used. */
const keepAliveMilliseconds = 5_000;

/**
 * Opens a PostgreSQL database, in a schema of our own.
 * @throws {Error} if it cannot be reached or belongs to a newer version
 */
export async function openPostgres(options: PostgresOptions, clock: Clock): Promise<Stores> {
  const db = connect(options);
  try {
    await migrate(db, postgresDialect, options.schema);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const ofWatching = { ...options, statementMilliseconds: options.statementMilliseconds ?? watchingMilliseconds };
  const watching = connect({ ...ofWatching, maxConnections: watchingConnections });
  const changes = createPostgresChangeFeed(connectionConfig(ofWatching), options.schema);
  return createStores({ db, watching, clock, dialect: postgresDialect, changes });
}

function connect(options: PostgresOptions): Kysely<Database> {
  const pool = createPool(options);
  // Without a listener, a connection that the server closes would end the process.
  pool.on('error', (error) => options.onIdleError(error));
  const dialect = new PostgresDialect({ pool: createAvailablePool(pool) });
  dialect.createIntrospector = (asking) => createOwnSchemaIntrospector(asking, options.schema);
  return new Kysely<Database>({ dialect });
}

/**
 * Whether the database answers, and lets us in. Changes nothing in it.
 * @throws {Error} if it does not
 */
export async function probePostgres(options: PostgresOptions): Promise<void> {
  const pool = createPool({ ...options, maxConnections: 1 });
  try {
    (await createAvailablePool(pool).connect()).release();
  } finally {
    await pool.end();
  }
}

/** @param more of what a session is told when it begins */
export function createPool(options: PostgresOptions, more = ''): Pool {
  return new Pool({ ...connectionConfig(options, more), max: options.maxConnections });
}

function connectionConfig(options: PostgresOptions, more = ''): ClientConfig {
  const { statementMilliseconds = defaultStatementMilliseconds } = options;
  return {
    connectionString: options.url,
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: statementMilliseconds,
    query_timeout: Math.ceil(statementMilliseconds * answerFactor),
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMilliseconds,
    application_name: 'agentflow',
    options: `-c search_path=${quoteForOptions(options.schema)} ${more}`.trim(),
    types: integersAsNumbers,
  };
}

/** In `options` a space parts words and a backslash keeps one from doing so; in an identifier a quote is doubled. */
function quoteForOptions(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"`.replace(/[\\ ]/g, '\\$&');
}

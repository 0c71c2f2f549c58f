import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clock,
  ConfigurationError,
  type Log,
  type ReadOnlyStores,
  type Stores,
  UnavailableError,
} from '@agentflow/core';
import {
  isRefusedLogin,
  openPostgres,
  openSqlite,
  type PostgresOptions,
  probePostgres,
  probeSqlite,
  readPostgres,
  readSqlite,
} from '@agentflow/stores';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { readUrlVariable } from './url-variable.js';

/** Where the data are kept, before anything has been opened. */
export type ChosenDatabase =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'postgres';
      readonly options: PostgresOptions;
      readonly source: string;
      readonly path: readonly string[];
    };

/** Of our own, so that our tables are in nobody's way. */
const defaultSchema = 'agentflow';
const defaultMaxConnections = 10;

const remedyForPostgres = 'Start it, correct the address, or leave it out for the embedded database.';
const remedyForLogin = 'Correct the user, the password or the name of the database in the address.';
const remedyForVersion = 'Use the version of agentflow that wrote it, or name another "schema": a new one is made.';
const remedyForSqlite =
  'Use the version of agentflow that wrote it, or put back a backup. If nothing in it is needed, move the file away: a new one is made, without users and threads.';

const remedyForHeld =
  'End whatever else has it open, or see that the folder and the file can be written and the disk has room; then start again.';

const remedyForReading = 'Ask again when a server of this version has run on it.';

const remedy = 'Write postgres://user:password@host:5432/name, or leave it out for the embedded database.';

/**
 * `database` in the file, else `DATABASE_URL`, else the embedded database in the data directory.
 * @throws {ConfigurationError}
 */
export function chooseDatabase(loaded: LoadedConfiguration, dataDirectory: string, log: Log): ChosenDatabase {
  const { database } = loaded.configuration;
  const found =
    database === undefined
      ? readUrlVariable('DATABASE_URL', loaded.environment, loaded.directory)
      : { url: database.url, source: '"database" in the file' };
  if (found === undefined) {
    return { kind: 'sqlite', file: join(dataDirectory, 'agentflow.db') };
  }
  const path = database === undefined ? [] : ['database'];
  requirePostgresUrl(found.url, path, found.source);
  return {
    kind: 'postgres',
    source: found.source,
    path,
    options: {
      url: found.url,
      schema: database?.schema ?? defaultSchema,
      maxConnections: database?.max_connections ?? defaultMaxConnections,
      onIdleError: (error) =>
        log.warn({ error }, 'an idle connection to the database broke; the next request opens another'),
    },
  };
}

function requirePostgresUrl(url: string, path: readonly string[], source: string): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (scheme === 'postgres:' || scheme === 'postgresql:') return;
  // The text itself may hold a password, so it is not repeated.
  const what = scheme === undefined ? 'no URL' : `a URL of ${JSON.stringify(scheme)}`;
  throw new ConfigurationError([{ path, message: `${source} is ${what}; only PostgreSQL is known here`, remedy }]);
}

/**
 * Opens what was chosen, and brings it to this version.
 * @throws {ConfigurationError} if it cannot be reached or used
 */
export async function openDatabase(chosen: ChosenDatabase, clock: Clock): Promise<Stores> {
  return reaching(chosen, () =>
    chosen.kind === 'sqlite' ? openSqlite(chosen.file, clock) : openPostgres(chosen.options, clock),
  );
}

/** Whether what was chosen could be opened; changes nothing in it. */
export async function probeDatabase(chosen: ChosenDatabase): Promise<void> {
  await reaching(chosen, async () =>
    chosen.kind === 'sqlite' ? probeSqlite(chosen.file) : probePostgres(chosen.options),
  );
}

/**
 * Opens what was chosen to read what servers have kept there; makes nothing, and brings nothing to this version.
 * @throws {ConfigurationError} if there is nothing, or it cannot be read
 */
export async function readDatabase(chosen: ChosenDatabase): Promise<ReadOnlyStores> {
  if (chosen.kind === 'sqlite' && !existsSync(chosen.file)) {
    const message = `there is no database ${chosen.file}: no server of this configuration has kept anything yet`;
    throw new ConfigurationError([{ path: [], message, remedy: remedyForReading }]);
  }
  const read = async () => (chosen.kind === 'sqlite' ? readSqlite(chosen.file) : readPostgres(chosen.options));
  return reaching(chosen, read, remedyForReading);
}

async function reaching<T>(chosen: ChosenDatabase, work: () => Promise<T>, instead?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    const source = chosen.kind === 'postgres' ? `, from ${chosen.source},` : '';
    const message = `the database ${describeDatabase(chosen).place}${source} cannot be used: ${why}`;
    throw new ConfigurationError([
      chosen.kind === 'postgres'
        ? { path: chosen.path, message, remedy: remedyAfter(error, instead) }
        : {
            path: [],
            message,
            remedy: error instanceof UnavailableError ? remedyForHeld : (instead ?? remedyForSqlite),
          },
    ]);
  }
}

/** With a code, it is an error of the database or of the connection to it; without, one of what it holds. */
function remedyAfter(error: unknown, ofVersion = remedyForVersion): string {
  if (!(error instanceof Error && 'code' in error)) return ofVersion;
  return isRefusedLogin(error.cause) ? remedyForLogin : remedyForPostgres;
}

/** For people: without the password, and whatever else the address holds. */
export function describeDatabase(chosen: ChosenDatabase): { readonly place: string; readonly kind: string } {
  if (chosen.kind === 'sqlite') return { place: chosen.file, kind: 'SQLite' };
  const { host, pathname } = new URL(chosen.options.url);
  return {
    place: `${host || 'this machine'}${decodeURI(pathname)}`,
    kind: `PostgreSQL, schema ${chosen.options.schema}, from ${chosen.source}`,
  };
}

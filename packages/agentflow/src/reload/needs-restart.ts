import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationFault } from '@agentflow/core';
import { type ListenFlags, type Listening, readListening } from '../cli/listening.js';
import { type ChosenDatabase, chooseDatabase } from '../compose/database.js';
import type { Ground } from '../compose/foundation.js';
import { type Mode, readMode } from '../compose/mode.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import type { Configuration } from '../configuration/schema.js';
import type { ConfigurationDigest } from './configuration-digest.js';

/** Which keys a serving process takes over. A new key does not compile before somebody has decided. */
const takenOver: Readonly<Record<keyof Configuration, boolean>> = {
  $schema: true,
  agent: false,
  auth: true,
  authorization: true,
  guard: false,
  remote_tools: true,
  scopes: true,
  env: true,
  database: false,
  files: false,
  trusted_proxies: true,
  insecure_trust_all_proxies: true,
  cors: true,
  websocket: true,
  shutdown_grace: false,
  thread_wait: false,
  stream_buffer: true,
  recheck_interval: true,
};

/** What the process was started with, and goes on with. */
export interface Started {
  readonly loaded: LoadedConfiguration;
  readonly digest: ConfigurationDigest;
  readonly ground: Ground;
  readonly flags: ListenFlags;
  readonly listening: Listening;
  /** Without `MODE`. */
  readonly commandsOwnMode: Mode;
}

/**
 * What of a changed configuration only a new process can do. One such thing refuses all of it: half a configuration is in no file.
 * @throws {ConfigurationError | InvalidConfigurationError} if it cannot even be told
 */
export function findRestartFaults(next: LoadedConfiguration, started: Started): readonly ConfigurationFault[] {
  const { loaded, ground } = started;
  const keys: string[] = [];
  for (const [key, isTaken] of Object.entries(takenOver) as [keyof Configuration, boolean][]) {
    if (!isTaken && !isDeepStrictEqual(next.configuration[key], loaded.configuration[key])) keys.push(`"${key}"`);
  }
  // Whether anybody is asked at all is too much to change by the way.
  if ((next.configuration.auth === undefined) !== (loaded.configuration.auth === undefined)) {
    keys.push('"auth", which was absent or is absent now,');
  }
  keys.push(...changedVariables(next, started));
  const code = ground.loader.code.outdated();
  if (code.length > 0) keys.push(`code that is evaluated once (${code.join(', ')})`);
  if (keys.length === 0) return [];
  const path = keys[0]?.startsWith('"') ? [keys[0].split('"')[1] ?? ''] : [];
  const message = `a restart is needed for what has changed in ${keys.join(' and ').replace(/,$/, '')}`;
  return [{ path, message, remedy: 'Start the process again, or take that back: until then nothing is taken over.' }];
}

/** Those that say where and how to serve, and where the database is if the file does not say it. */
function changedVariables(next: LoadedConfiguration, started: Started): readonly string[] {
  const { ground, flags, listening, commandsOwnMode } = started;
  const { host, port, insecureNoAuth } = readListening(flags, next);
  const database = chooseDatabase(next, ground.dataDirectory, ground.log);
  const isElsewhere = next.configuration.database === undefined && !isSameDatabase(database, ground.database);
  return [
    ...(host === listening.host ? [] : ['HOST']),
    ...(port === listening.port ? [] : ['PORT']),
    ...(readMode(next, commandsOwnMode) === ground.mode ? [] : ['MODE']),
    ...(insecureNoAuth === listening.insecureNoAuth ? [] : ['AGENTFLOW_INSECURE_NO_AUTH']),
    ...(isElsewhere ? ['DATABASE_URL'] : []),
  ];
}

function isSameDatabase(one: ChosenDatabase, other: ChosenDatabase): boolean {
  if (one.kind === 'sqlite' || other.kind === 'sqlite') return one.kind === other.kind;
  return one.options.url === other.options.url;
}

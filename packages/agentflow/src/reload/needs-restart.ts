import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationFault } from '@agentflow/core';
import { type ListenFlags, type Listening, readListening } from '../cli/listening.js';
import { type ChosenDatabase, chooseDatabase } from '../compose/database.js';
import type { Ground } from '../compose/foundation.js';
import { type Mode, readMode } from '../compose/mode.js';
import { chooseRedis } from '../compose/redis.js';
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
  redis: false,
  rate_limit: true,
  files: false,
  public_url: true,
  trusted_proxies: true,
  insecure_trust_all_proxies: true,
  cors: true,
  websocket: true,
  webhooks: true,
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

/** What of a changed configuration only a new process can do. */
export interface RestartNeeds {
  /** One such thing refuses all of it: half a configuration is in no file. */
  readonly faults: readonly ConfigurationFault[];
  /** What stays as it was at start, for people. */
  readonly staying: readonly string[];
}

/** What is read at start alone, and may come from a variable: an address holds a password, which a secrets manager changes as any other. */
const readAtStart = new Set<keyof Configuration>(['database', 'redis']);

/**
 * @param isWhole whether somebody has said that all of it is to be taken over. Where only keys and secrets have changed, those that are
 * read at start alone hold up no others.
 * @throws {ConfigurationError | InvalidConfigurationError} if it cannot even be told
 */
export function findRestartNeeds(next: LoadedConfiguration, started: Started, isWhole: boolean): RestartNeeds {
  const { loaded, ground } = started;
  const keys: string[] = [];
  const staying: string[] = [];
  for (const [key, isTaken] of Object.entries(takenOver) as [keyof Configuration, boolean][]) {
    if (isTaken || isDeepStrictEqual(next.configuration[key], loaded.configuration[key])) continue;
    (isWhole || !readAtStart.has(key) ? keys : staying).push(`"${key}"`);
  }
  // Whether anybody is asked at all is too much to change by the way.
  if ((next.configuration.auth === undefined) !== (loaded.configuration.auth === undefined)) {
    keys.push('"auth", which was absent or is absent now,');
  }
  const waiting = isWhole ? keys : staying;
  if (!isDeepStrictEqual(whereCounted(next), whereCounted(loaded))) waiting.push('"rate_limit"');
  waiting.push(...changedVariables(next, started, isWhole));
  const code = ground.loader.code.outdated();
  if (code.length > 0) keys.push(`code that is evaluated once (${code.join(', ')})`);
  return { faults: restartFaults(keys), staying };
}

function restartFaults(keys: readonly string[]): readonly ConfigurationFault[] {
  if (keys.length === 0) return [];
  const path = keys[0]?.startsWith('"') ? [keys[0].split('"')[1] ?? ''] : [];
  const message = `a restart is needed for what has changed in ${keys.join(' and ').replace(/,$/, '')}`;
  return [{ path, message, remedy: 'Start the process again, or take that back: until then nothing is taken over.' }];
}

/** By which limits, may change; where they are counted, only with the process. */
function whereCounted({ configuration: { rate_limit: limit } }: LoadedConfiguration) {
  return [limit?.backend, limit?.redis, limit?.fail_open ?? false];
}

/** Those that say where and how to serve, and where the database and Redis are if the file does not say it. */
function changedVariables(next: LoadedConfiguration, started: Started, isWhole: boolean): readonly string[] {
  const { ground, flags, listening, commandsOwnMode } = started;
  const { configuration } = next;
  const { host, port, insecureNoAuth } = readListening(flags, next);
  const isSame: Readonly<Record<string, () => boolean>> = {
    HOST: () => host === listening.host,
    PORT: () => port === listening.port,
    MODE: () => readMode(next, commandsOwnMode) === ground.mode,
    AGENTFLOW_INSECURE_NO_AUTH: () => insecureNoAuth === listening.insecureNoAuth,
    DATABASE_URL: () => {
      if (configuration.database !== undefined) return true;
      return isSameDatabase(chooseDatabase(next, ground.dataDirectory, ground.log), ground.database);
    },
    REDIS_URL: () => configuration.redis !== undefined || chooseRedis(next)?.url === ground.redis?.url,
  };
  const names = Object.keys(isSame);
  return names.filter((name) => {
    try {
      return isSame[name]?.() === false;
    } catch (error) {
      // One that is no good now was good at start, so it has changed.
      if (isWhole) throw error;
      return true;
    }
  });
}

function isSameDatabase(one: ChosenDatabase, other: ChosenDatabase): boolean {
  if (one.kind === 'sqlite' || other.kind === 'sqlite') return one.kind === other.kind;
  return one.options.url === other.options.url;
}

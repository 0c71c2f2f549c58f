import { join } from 'node:path';
import {
  type AuditJournal,
  type AuditSink,
  createAuditJournal,
  createMemorySignals,
  createOpenExports,
  createOpenRuns,
  createOpenSockets,
  createRevocations,
  createThreadQueue,
  type FileRules,
  type FileVault,
  type FollowedRevocations,
  type GraphRuntime,
  type Log,
  type OpenExports,
  type OpenRuns,
  type OpenSockets,
  type Signals,
  type Stores,
  systemClock,
  type ThreadQueue,
  type UsableResource,
} from '@agentflow/core';
import { createGraphRuntime } from '@agentflow/graph';
import { createInFlight, type InFlight } from '@agentflow/host';
import { createDiskVault } from '@agentflow/stores';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { createLoader, type Loader } from '../load/load-export.js';
import type { CandidatePolicy } from './candidate-policy.js';
import { clearLeftFiles } from './clear-left-files.js';
import { type Counting, createLazyCounting, type LazyCounting } from './counters.js';
import { openDataDirectory, probeDataDirectory } from './data-directory.js';
import { type ChosenDatabase, chooseDatabase, openDatabase, probeDatabase } from './database.js';
import { openFilesDirectory, readFileRules } from './kept-files.js';
import { createLazyStores, type LazyStores } from './lazy-stores.js';
import type { Mode } from './mode.js';
import type { ListeningAddress } from './public-url.js';
import { type ChosenRedis, chooseRedis } from './redis.js';

/* What lives as long as the process, whatever configurations come and go on it. */

export interface GroundOptions {
  readonly loaded: LoadedConfiguration;
  readonly mode: Mode;
  /** Where the server will listen; weak settings are refused by who can reach it. */
  readonly host: string;
  /** Serves strangers without asking who they are. */
  readonly insecureNoAuth: boolean;
  readonly log: Log & AuditSink;
  /** A candidate that is asked beside the policy, and decides nothing. */
  readonly shadow?: CandidatePolicy | undefined;
  /** `memory` validates everything and leaves nothing behind. */
  readonly data: 'directory' | 'memory';
}

/** What there is before anything is loaded or opened. */
export interface Ground extends Omit<GroundOptions, 'loaded'> {
  /** The folder of the configuration. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly database: ChosenDatabase;
  readonly lazyStores: LazyStores;
  /** Follows what was taken back once the foundation is laid. */
  readonly revocations: FollowedRevocations;
  readonly loader: Loader;
  /** What of the graph is used only by whoever may. */
  readonly guarded: ReadonlySet<UsableResource>;
  readonly fileRules: FileRules;
  readonly listening: ListeningAddress;
  readonly vault: FileVault;
  /** Where limits are counted together with other processes. */
  readonly redis: ChosenRedis | undefined;
  readonly lazyCounting: LazyCounting;
  readonly signals: Signals;
}

export interface Foundation extends Ground {
  readonly runtime: GraphRuntime;
  readonly stores: Stores;
  readonly queue: ThreadQueue;
  readonly inFlight: InFlight;
  /** However many snapshots they were opened under. */
  readonly openSockets: OpenSockets;
  readonly openRuns: OpenRuns;
  readonly openExports: OpenExports;
  readonly journal: AuditJournal;
  /** To the log and to the rows. */
  readonly audit: AuditSink;
  readonly counting: Counting;
  /** Of what is cleared away meanwhile. */
  readonly stopClearing: () => Promise<void>;
}

/** @throws {ConfigurationError} if the data directory cannot be made, or the database or the Redis is none that we know */
export function prepareGround({ loaded, ...options }: GroundOptions): Ground {
  const { directory, configuration } = loaded;
  const isTrial = options.data === 'memory';
  const dataDirectory = isTrial ? probeDataDirectory(directory) : openDataDirectory(directory);
  const database = chooseDatabase(loaded, dataDirectory, options.log);
  const redis = chooseRedis(loaded);
  const lazyStores = createLazyStores(() => openStores(database, options.data));
  const signals = createMemorySignals();
  const failOpen = configuration.rate_limit?.fail_open === true;
  const counted = isTrial ? undefined : redis;
  return {
    ...options,
    ...{ directory, dataDirectory, database, redis, lazyStores, signals },
    revocations: createRevocations({ open: () => lazyStores.open(), clock: systemClock, log: options.log }),
    lazyCounting: createLazyCounting({ redis: counted, failOpen, lazyStores, log: options.log, signals }),
    loader: createLoader(directory, isTrial ? false : join(dataDirectory, 'cache')),
    listening: { url: undefined },
    guarded: new Set(configuration.guard),
    fileRules: readFileRules(configuration.files),
    vault: createDiskVault(openFilesDirectory(configuration.files, { directory, dataDirectory, isTrial }), systemClock),
  };
}

/**
 * Opens what the graph and its threads need.
 * @throws {ConfigurationError} if the database cannot be used, or `graph` is none
 */
export async function layFoundation(
  ground: Ground,
  graph: unknown,
  { agent, thread_wait: wait }: LoadedConfiguration['configuration'],
): Promise<Foundation> {
  const { lazyStores, lazyCounting, loader, log, guarded } = ground;
  const stores = await lazyStores.open();
  const counting = await lazyCounting.open();
  const { checkpoints } = stores;
  await ground.revocations.start();
  const runtime = await createGraphRuntime(graph, agent, {
    ...{ checkpoints, clock: systemClock, log, guarded },
    importBeside: (specifier) => loader.importBeside(specifier, agent),
  });
  const journal = createAuditJournal({ store: stores.audit, log });
  return {
    ...ground,
    ...{ runtime, stores, journal, counting },
    queue: createThreadQueue({ leases: stores.leases, log, maxWaitMilliseconds: wait * 1000 }),
    inFlight: createInFlight(),
    openSockets: createOpenSockets(),
    openRuns: createOpenRuns(ground.signals),
    openExports: createOpenExports(ground.signals),
    audit: writingTo(log, journal),
    stopClearing: ground.data === 'memory' ? async () => undefined : clearLeftFiles(ground.vault, stores, log),
  };
}

/** Once nobody asks it any more. */
export async function closeFoundation(foundation: Foundation): Promise<void> {
  const { journal, stores, revocations, lazyCounting, stopClearing } = foundation;
  revocations.close();
  await stopClearing();
  await journal.close();
  await lazyCounting.close();
  await stores.close();
}

function writingTo(...sinks: readonly AuditSink[]): AuditSink {
  return {
    write(event) {
      for (const sink of sinks) sink.write(event);
    },
  };
}

/** For a mere validation: whether the database answers, and stores that leave nothing behind. */
async function openStores(database: ChosenDatabase, data: GroundOptions['data']): Promise<Stores> {
  if (data === 'directory') return openDatabase(database, systemClock);
  await probeDatabase(database);
  return openDatabase({ kind: 'sqlite', file: ':memory:' }, systemClock);
}

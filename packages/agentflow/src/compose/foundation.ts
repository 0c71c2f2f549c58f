import { join } from 'node:path';
import {
  type AuditJournal,
  type AuditSink,
  createAuditJournal,
  createMemorySignals,
  createOpenSockets,
  createThreadQueue,
  type FileRules,
  type FileVault,
  type GraphRuntime,
  type Log,
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
import { openDataDirectory, probeDataDirectory } from './data-directory.js';
import { type ChosenDatabase, chooseDatabase, openDatabase, probeDatabase } from './database.js';
import { openFilesDirectory, readFileRules } from './kept-files.js';
import { createLazyStores, type LazyStores } from './lazy-stores.js';
import type { Mode } from './mode.js';

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
  readonly loader: Loader;
  /** What of the graph is used only by whoever may. */
  readonly guarded: ReadonlySet<UsableResource>;
  readonly fileRules: FileRules;
  readonly vault: FileVault;
}

export interface Foundation extends Ground {
  readonly runtime: GraphRuntime;
  readonly stores: Stores;
  readonly queue: ThreadQueue;
  readonly inFlight: InFlight;
  /** However many snapshots they were opened under. */
  readonly openSockets: OpenSockets;
  readonly journal: AuditJournal;
  /** To the log and to the rows. */
  readonly audit: AuditSink;
  readonly signals: Signals;
  /** Of what is cleared away meanwhile. */
  readonly stopClearing: () => Promise<void>;
}

/** @throws {ConfigurationError} if the data directory cannot be made, or the database is none that we know */
export function prepareGround({ loaded, ...options }: GroundOptions): Ground {
  const { directory, configuration } = loaded;
  const isTrial = options.data === 'memory';
  const dataDirectory = isTrial ? probeDataDirectory(directory) : openDataDirectory(directory);
  const database = chooseDatabase(loaded, dataDirectory, options.log);
  return {
    ...options,
    ...{ directory, dataDirectory, database },
    lazyStores: createLazyStores(() => openStores(database, options.data)),
    loader: createLoader(directory, isTrial ? false : join(dataDirectory, 'cache')),
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
  const { lazyStores, loader, log, guarded } = ground;
  const stores = await lazyStores.open();
  const { checkpoints } = stores;
  const runtime = await createGraphRuntime(graph, agent, {
    ...{ checkpoints, clock: systemClock, log, guarded },
    importBeside: (specifier) => loader.importBeside(specifier, agent),
  });
  const journal = createAuditJournal({ store: stores.audit, log });
  return {
    ...ground,
    ...{ runtime, stores, journal },
    queue: createThreadQueue({ leases: stores.leases, log, maxWaitMilliseconds: wait * 1000 }),
    inFlight: createInFlight(),
    openSockets: createOpenSockets(),
    audit: writingTo(log, journal),
    signals: createMemorySignals(),
    stopClearing: ground.data === 'memory' ? async () => undefined : clearLeftFiles(ground.vault, stores, log),
  };
}

/** Once nobody asks it any more. */
export async function closeFoundation({ journal, stores, stopClearing }: Foundation): Promise<void> {
  await stopClearing();
  await journal.close();
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

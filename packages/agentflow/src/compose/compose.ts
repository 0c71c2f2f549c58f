import { join } from 'node:path';
import {
  type AuditSink,
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  createHandlers,
  createPipeline,
  createThreadQueue,
  type GraphRuntime,
  type Log,
  noRevocations,
  type Pipeline,
  type Stores,
  systemClock,
} from '@agentflow/core';
import { createLangGraphRuntime } from '@agentflow/graph';
import { createInFlight, createRouteMatcher, type InFlight } from '@agentflow/host';
import { openSqlite } from '@agentflow/stores';
import type { Environment } from '../configuration/environment.js';
import { invalid, type LoadedConfiguration } from '../configuration/load-configuration.js';
import { createLoader } from '../load/load-export.js';
import { type Backends, createBackends } from './backends.js';
import { openDataDirectory } from './data-directory.js';
import { lacksSecret, provideDevelopmentSecret } from './development-secret.js';
import { isStrict, type Mode } from './mode.js';

/** AgentFlow's default (contract 3.8). */
const defaultMaxBodyBytes = 10 * 1024 * 1024;

export interface ComposeOptions {
  readonly loaded: LoadedConfiguration;
  readonly mode: Mode;
  /** Where the server will listen; weak settings are refused by who can reach it. */
  readonly host: string;
  /** Serves strangers without asking who they are. */
  readonly insecureNoAuth: boolean;
  readonly log: Log & AuditSink;
  /** `memory` validates everything and leaves nothing behind. */
  readonly data: 'directory' | 'memory';
}

/** Everything that serving needs, put together. */
export interface Composition {
  readonly pipeline: Pipeline;
  readonly inFlight: InFlight;
  readonly backends: Backends;
  readonly runtime: GraphRuntime;
  readonly stores: Stores;
  /** Without authentication, for this machine only. */
  readonly localOnly: boolean;
  readonly databaseFile: string;
  readonly madeSecret: string | undefined;
  readonly warnings: readonly ConfigurationFault[];
  /** What the backends were given. */
  readonly surroundings: BackendSurroundings;
  close(): Promise<void>;
}

/**
 * The composition root: reads the configuration's choices into one pipeline.
 * @throws {InvalidConfigurationError} with every fault that can be found without serving
 */
export async function compose(options: ComposeOptions): Promise<Composition> {
  try {
    return await assemble(options);
  } catch (error) {
    if (error instanceof ConfigurationError) throw invalid(options.loaded.source, error.faults);
    throw error;
  }
}

async function assemble({ loaded, mode, host, insecureNoAuth, log, data }: ComposeOptions): Promise<Composition> {
  const { configuration, directory } = loaded;
  const dataDirectory = data === 'memory' ? undefined : openDataDirectory(directory);
  const secret = chooseSecret(loaded, mode, dataDirectory ?? join(directory, '.agentflow'), data);
  // User code reads its variables from the process, as AgentFlow's does.
  for (const [name, value] of Object.entries(loaded.environment)) if (value !== undefined) process.env[name] ??= value;

  const warnings: ConfigurationFault[] = [];
  const surroundings: BackendSurroundings = {
    directory,
    path: ['auth'],
    environment: secret.environment,
    clock: systemClock,
    strict: isStrict(mode, host),
    warn: (fault) => void warnings.push(fault),
  };
  const loader = createLoader(directory, dataDirectory === undefined ? false : join(dataDirectory, 'cache'));
  const databaseFile = dataDirectory === undefined ? ':memory:' : join(dataDirectory, 'agentflow.db');
  const [graph, backends] = await settleBoth(
    loader.instantiate(configuration.agent, ['agent']),
    createBackends(configuration, {
      loader,
      surroundings,
      pathOf: (key, index) => (loaded.source.isList(key) ? [key, index] : [key]),
    }),
  );
  const stores = await openSqlite(databaseFile, systemClock);
  const runtime = await createLangGraphRuntime(graph, configuration.agent, {
    checkpoints: stores.checkpoints,
    clock: systemClock,
  });
  const inFlight = createInFlight();
  const localOnly = configuration.auth === undefined && !insecureNoAuth;
  const queue = createThreadQueue({
    leases: stores.leases,
    log,
    maxWaitMilliseconds: configuration.thread_wait * 1000,
  });
  const pipeline = createPipeline({
    receive: { matchRoute: createRouteMatcher(), localOnly, maxBodyBytes: readMaxBody(secret.environment) },
    authenticate: { backends: backends.authentication, revocations: noRevocations, log },
    authorize: { backends: backends.authorization, authentication: backends.authentication, log },
    handlers: createHandlers({
      runtime,
      stores,
      threads: stores.threads,
      queue,
      clock: systemClock,
      log,
      isServing: () => !inFlight.isEnding,
    }),
    audit: log,
    clock: systemClock,
  });
  return {
    pipeline,
    inFlight,
    backends,
    runtime,
    stores,
    localOnly,
    databaseFile,
    madeSecret: secret.created ? secret.file : undefined,
    warnings,
    surroundings,
    async close() {
      for (const { backend } of [...backends.authentication, ...backends.authorization]) await backend.close();
      await stores.close();
    },
  };
}

/** Only development makes a secret, and only where none is set; `check` does not make one, but does not miss it either. */
function chooseSecret(loaded: LoadedConfiguration, mode: Mode, dataDirectory: string, data: ComposeOptions['data']) {
  const { configuration, environment } = loaded;
  if (mode !== 'development' || !lacksSecret(configuration.auth ?? [], environment)) {
    return { environment, file: undefined, created: false };
  }
  return provideDevelopmentSecret(dataDirectory, environment, { create: data === 'directory' });
}

/** Waits for both, so that the faults of both are told. */
async function settleBoth<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const results = await Promise.allSettled([first, second]);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const faults = errors.flatMap((error) => (error instanceof ConfigurationError ? error.faults : []));
  if (errors.length === 0) return [await first, await second];
  const unexpected = errors.find((error) => !(error instanceof ConfigurationError));
  throw unexpected ?? new ConfigurationError(faults);
}

function readMaxBody(environment: Environment): number {
  const value = environment['MAX_REQUEST_SIZE'];
  if (value === undefined || value === '') return defaultMaxBodyBytes;
  const bytes = Number(value);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new ConfigurationError([
    { path: [], message: `MAX_REQUEST_SIZE is not a number of bytes: ${JSON.stringify(value)}` },
  ]);
}

import { join } from 'node:path';
import {
  type AuditJournal,
  type AuditSink,
  type AuthorizeOptions,
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  createAuditJournal,
  createDocumentation,
  createHandlers,
  createMemorySignals,
  createPipeline,
  createThreadQueue,
  type GraphRuntime,
  type HandlerParts,
  isLoopbackAddress,
  type Log,
  noRevocations,
  type Pipeline,
  type PipelineOptions,
  type ServingSurroundings,
  type Stores,
  systemClock,
  type UsableResource,
} from '@agentflow/core';
import { createGraphRuntime } from '@agentflow/graph';
import { type CorsRules, createInFlight, createRouteMatcher, type InFlight } from '@agentflow/host';
import type { Route } from '@agentflow/protocol';
import { version } from '../cli/version.js';
import { type Environment, isLiteral } from '../configuration/environment.js';
import { invalid, type LoadedConfiguration } from '../configuration/load-configuration.js';
import type { Configuration } from '../configuration/schema.js';
import { createLoader } from '../load/load-export.js';
import { type Backends, createBackends } from './backends.js';
import type { CandidatePolicy } from './candidate-policy.js';
import { completeCors } from './cors.js';
import { openDataDirectory, probeDataDirectory } from './data-directory.js';
import { type ChosenDatabase, chooseDatabase, openDatabase, probeDatabase } from './database.js';
import { lacksSecret, provideDevelopmentSecret } from './development-secret.js';
import { chooseEdge, type Edge } from './edge.js';
import { createLazyStores, type LazyStores } from './lazy-stores.js';
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
  /** A candidate that is asked beside the policy, and decides nothing. */
  readonly shadow?: CandidatePolicy | undefined;
  /** `memory` validates everything and leaves nothing behind. */
  readonly data: 'directory' | 'memory';
}

/** Everything that serving needs, put together. */
export interface Composition {
  readonly pipeline: Pipeline;
  /** To the log and to the rows; the host tells it of what is no request at all. */
  readonly audit: AuditSink;
  readonly inFlight: InFlight;
  readonly cors: CorsRules | undefined;
  /** All that are served. */
  readonly routes: readonly Route[];
  readonly backends: Backends;
  readonly runtime: GraphRuntime;
  readonly stores: Stores;
  /** What of the graph is used only by whoever may. */
  readonly guarded: ReadonlySet<UsableResource>;
  /** Without authentication, for this machine only. */
  readonly localOnly: boolean;
  readonly database: ChosenDatabase;
  readonly madeSecret: string | undefined;
  readonly warnings: readonly ConfigurationFault[];
  /** What is unsafe and was asked for: said loudly at start. */
  readonly announcements: readonly string[];
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

async function assemble(options: ComposeOptions): Promise<Composition> {
  const { loaded, insecureNoAuth, log, data } = options;
  const { configuration, directory } = loaded;
  requireAuthOffLoopback(configuration, options.host, insecureNoAuth);
  const maxBodyBytes = readMaxBody(loaded.environment);
  const dataDirectory = data === 'memory' ? probeDataDirectory(directory) : openDataDirectory(directory);
  const secret = chooseSecret(loaded, options.mode, dataDirectory, data);
  // User code reads its variables from the process, as AgentFlow's does.
  for (const [name, value] of Object.entries(loaded.environment)) if (value !== undefined) process.env[name] ??= value;

  const localOnly = configuration.auth === undefined && !insecureNoAuth;
  const loader = createLoader(directory, data === 'memory' ? false : join(dataDirectory, 'cache'));
  const database = chooseDatabase(loaded, dataDirectory, log);
  const lazyStores = createLazyStores(() => openStores(database, data));
  const { surroundings, ...notes } = createSurroundings(options, secret.environment, lazyStores);
  const [[graph, backends], edge] = await settleBoth(
    settleBoth(
      loader.instantiate(configuration.agent, ['agent']),
      createBackends(configuration, {
        loader,
        surroundings,
        shadow: options.shadow,
        pathOf: (key, index) => (loaded.source.isList(key) ? [key, index] : [key]),
      }),
    ),
    chooseEdge(loaded, { ...surroundings, mode: options.mode, localOnly }),
  ).catch(closing(lazyStores));
  const stores = await lazyStores.open();
  const { checkpoints } = stores;
  const guarded = surroundings.guarded;
  const runtime = await createGraphRuntime(graph, configuration.agent, {
    ...{ checkpoints, clock: systemClock, log, guarded },
    importBeside: (specifier) => loader.importBeside(specifier, configuration.agent),
  }).catch(closing(lazyStores));
  const inFlight = createInFlight();
  const journal = createAuditJournal({ store: stores.audit, log });
  const audit = writingTo(log, journal);
  const served = { runtime, stores, backends, guarded, inFlight, journal, audit };
  const receive = receiveOptions(edge, configuration, localOnly, maxBodyBytes);
  const documentation = await documentEdge(edge, configuration, backends);
  return {
    pipeline: wire(options, served, { receive, documentation }),
    ...{ audit, inFlight, backends, runtime, stores, localOnly, database, surroundings, guarded, ...notes },
    cors: completeCors(edge.cors, backends.authentication),
    routes: edge.routes,
    madeSecret: secret.created ? secret.file : undefined,
    close: () => closeAll(served),
  };
}

/** What backends are given, and what they have to say at start. */
function createSurroundings(
  { loaded, mode, host, log, data }: ComposeOptions,
  environment: Environment,
  stores: LazyStores,
) {
  const warnings: ConfigurationFault[] = [];
  const announcements: string[] = [];
  const surroundings = {
    directory: loaded.directory,
    guarded: new Set(loaded.configuration.guard),
    path: ['auth'],
    environment,
    clock: systemClock,
    strict: isStrict(mode, host),
    isLiteral: (path: readonly (string | number)[]) => isLiteral(loaded.source.value, path, loaded.environment),
    warn: (fault: ConfigurationFault) => void warnings.push(fault),
    announce: (line: string) => void announcements.push(line),
    log,
    openStores: () => stores.open(),
    isTrial: data === 'memory',
  } satisfies ServingSurroundings;
  return { surroundings, warnings, announcements };
}

/** Lets go of what was opened, where the start ends with an error. */
function closing(stores: LazyStores) {
  return async (error: unknown): Promise<never> => {
    await stores.close();
    throw error;
  };
}

function writingTo(...sinks: readonly AuditSink[]): AuditSink {
  return {
    write(event) {
      for (const sink of sinks) sink.write(event);
    },
  };
}

/** What serves, and has to be closed. */
interface Served extends Pick<Composition, 'runtime' | 'stores' | 'backends' | 'guarded' | 'inFlight' | 'audit'> {
  readonly journal: AuditJournal;
}

type Edges = Pick<PipelineOptions, 'receive'> & Pick<HandlerParts, 'documentation'>;

function wire({ loaded, log }: ComposeOptions, served: Served, { receive, documentation }: Edges): Pipeline {
  const { runtime, stores, backends, guarded, inFlight, audit } = served;
  const queue = createThreadQueue({
    leases: stores.leases,
    log,
    maxWaitMilliseconds: loaded.configuration.thread_wait * 1000,
  });
  const { threads, grants, runs, memories } = stores;
  return createPipeline({
    receive,
    authenticate: { backends: backends.authentication, revocations: noRevocations, log },
    authorize: authorizeOptions(backends, log),
    handlers: createHandlers({
      ...{ runtime, stores, threads, grants, runs, memories, queue, log, guarded, documentation, clock: systemClock },
      authorization: backends.authorization,
      isServing: () => !inFlight.isEnding,
    }),
    audit,
    signals: createMemorySignals(),
    clock: systemClock,
  });
}

/** One that cannot be closed keeps no other open. */
async function closeAll({ backends, journal, stores }: Served): Promise<void> {
  const all = [...backends.authentication, ...backends.authorization];
  const closed = await Promise.allSettled(all.map(async ({ backend }) => backend.close()));
  for (const { shadow } of backends.authorization) shadow?.close();
  await journal.close();
  await stores.close();
  for (const result of closed) if (result.status === 'rejected') throw result.reason;
}

function requireAuthOffLoopback({ auth }: Configuration, host: string, insecureNoAuth: boolean): void {
  if (auth !== undefined || insecureNoAuth || isLoopbackAddress(host)) return;
  throw new ConfigurationError([
    {
      path: [],
      message: `without "auth", only this machine can be served, and ${host} is reached by others`,
      remedy: 'Set "auth": "jwt", or serve 127.0.0.1. To let everybody in all the same: --insecure-no-auth.',
    },
  ]);
}

function receiveOptions(
  { proxies, routes }: Edge,
  { auth }: Configuration,
  localOnly: boolean,
  maxBodyBytes: number,
): PipelineOptions['receive'] {
  const matchRoute = createRouteMatcher(routes);
  return { matchRoute, localOnly, maxBodyBytes, proxies, refusesPreflights: auth !== undefined };
}

/** Nothing is written that nobody can read. */
async function documentEdge({ routes }: Edge, { auth }: Configuration, { authentication }: Backends) {
  if (!routes.some(({ name }) => name === 'readOpenApi')) return undefined;
  return createDocumentation({ routes, authentication: auth === undefined ? [] : authentication, version });
}

/** For a mere validation: whether the database answers, and stores that leave nothing behind. */
async function openStores(database: ChosenDatabase, data: ComposeOptions['data']): Promise<Stores> {
  if (data === 'directory') return openDatabase(database, systemClock);
  await probeDatabase(database);
  return openDatabase({ kind: 'sqlite', file: ':memory:' }, systemClock);
}

function authorizeOptions({ authentication, authorization, foreignScopes }: Backends, log: Log): AuthorizeOptions {
  return { backends: authorization, authentication, foreignScopes, log };
}

/** Only development makes a secret, and only where none is set; what leaves nothing behind makes one that is kept nowhere. */
function chooseSecret(loaded: LoadedConfiguration, mode: Mode, dataDirectory: string, data: ComposeOptions['data']) {
  const { configuration, environment } = loaded;
  if (mode !== 'development' || !lacksSecret(configuration.auth ?? [], environment)) {
    return { environment, file: undefined, created: false };
  }
  return provideDevelopmentSecret(dataDirectory, environment, { make: data === 'directory' ? 'kept' : 'fleeting' });
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
    {
      path: [],
      message: `MAX_REQUEST_SIZE is not a number of bytes: ${JSON.stringify(value)}`,
      remedy: `Write digits alone, such as ${defaultMaxBodyBytes}, or remove it.`,
    },
  ]);
}

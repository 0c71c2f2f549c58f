import {
  type Authority,
  type AuthorizeOptions,
  type ChangeBell,
  type ConfigurationFault,
  createAttempts,
  createChangeBell,
  createDocumentation,
  createHandlers,
  createPipeline,
  createRequestLimits,
  type HandlerParts,
  type IssuingSurroundings,
  type Peppers,
  type PipelineOptions,
  type RequestLimits,
  type Revocations,
  type ServingSurroundings,
  systemClock,
  type Webhooks,
} from '@agentflow/core';
import { type CorsRules, createRouteMatcher, type Snapshot as HostSnapshot } from '@agentflow/host';
import { readPlaygroundPage } from '@agentflow/playground';
import type { Route } from '@agentflow/protocol';
import { version } from '../cli/version.js';
import { type Environment, isLiteral } from '../configuration/environment.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { type Backends, createBackends } from './backends.js';
import { closeBackends, discardBackends } from './close-backends.js';
import { completeCors } from './cors.js';
import { lacksSecret, provideDevelopmentSecret } from './development-secret.js';
import { chooseEdge, type Edge } from './edge.js';
import type { Foundation, Ground } from './foundation.js';
import { chooseAttempts } from './limits.js';
import { readMaxBody } from './max-body.js';
import { tellMissingPeppers } from './missing-peppers.js';
import { isStrict } from './mode.js';
import { describeOpenSecretFiles } from './open-files.js';
import { choosePeppers } from './peppers.js';
import { prepareLogin } from './prepare-login.js';
import { choosePublicUrl } from './public-url.js';
import { readRemoteTools } from './remote-tools.js';
import { nothingToUndo, settleInTurn } from './settle-in-turn.js';
import { chooseSocketLimits } from './socket-limits.js';
import { namesProxies } from './trusted-proxies.js';
import { describeUnknownRolesOfFile } from './unknown-roles.js';
import { chooseWebhooks } from './webhooks.js';

/* What lives as long as a configuration: everything that decides who may do what, and what those outside are shown. */

/** What a configuration chooses, before there is a graph to serve with it. */
export interface Choices {
  readonly loaded: LoadedConfiguration;
  readonly backends: Backends;
  readonly edge: Edge;
  /** Absent where the file has none. */
  readonly webhooks: Webhooks | undefined;
  readonly maxBodyBytes: number;
  /** Without authentication, for this machine only. */
  readonly localOnly: boolean;
  readonly madeSecret: string | undefined;
  readonly warnings: readonly ConfigurationFault[];
  /** What is unsafe and was asked for: said loudly. */
  readonly announcements: readonly string[];
  /** Rung by whatever of it may answer otherwise than before. */
  readonly changes: ChangeBell;
  /** With which what is issued here is checked; undefined where nothing is. */
  readonly obtainedPeppers: () => Peppers | undefined;
  /** What the backends were given. */
  readonly surroundings: ServingSurroundings;
}

/** A configuration, ready to serve on a foundation. */
export interface Snapshot extends HostSnapshot, Choices {
  readonly cors: CorsRules | undefined;
  /** All that are served. */
  readonly routes: readonly Route[];
  /** Once, however often it is called. Rejects where a backend could not be closed. */
  close(): Promise<void>;
}

/** Where others are served meanwhile by another configuration. */
export interface ReloadOptions {
  /** How long the making of one backend may take. */
  readonly deadlineMilliseconds: number;
}

/** @throws {ConfigurationError} with every fault that can be found without serving; nothing is left behind then */
export async function makeChoices(
  loaded: LoadedConfiguration,
  ground: Ground,
  reload?: ReloadOptions,
): Promise<Choices> {
  const { configuration, source } = loaded;
  const maxBodyBytes = readMaxBody(loaded.environment);
  const localOnly = configuration.auth === undefined && !ground.insecureNoAuth;
  const secret = chooseSecret(loaded, ground);
  const { surroundings, ...notes } = createSurroundings(
    loaded,
    { ...ground, isReload: reload !== undefined },
    secret.environment,
  );
  if (ground.mode === 'production') for (const line of describeOpenSecretFiles(loaded)) surroundings.announce(line);
  for (const line of describeUnknownRolesOfFile(configuration)) surroundings.announce(line);
  const parts = {
    ...{ loader: ground.loader, surroundings, shadow: ground.shadow, ...reload },
    pathOf: (key: 'auth' | 'authorization', index: number) => (source.isList(key) ? [key, index] : [key]),
  };
  const seen = { ...loaded, environment: surroundings.environment };
  const chooseOutside = () =>
    settleInTurn(
      [() => chooseEdge(seen, { ...surroundings, mode: ground.mode, localOnly }), nothingToUndo],
      [async () => chooseWebhooks(configuration, surroundings), nothingToUndo],
    );
  const [backends, [edge, webhooks]] = await settleInTurn(
    [() => createBackends(configuration, parts), (made) => discardBackends(listBackends(made), ground.log)],
    [chooseOutside, nothingToUndo],
  );
  const madeSecret = secret.created ? secret.file : undefined;
  return { loaded, backends, edge, webhooks, maxBodyBytes, localOnly, madeSecret, surroundings, ...notes };
}

/** Of choices that will not be served. */
export function discardChoices({ backends }: Choices, { log }: Ground): Promise<void> {
  return discardBackends(listBackends(backends), log);
}

/** What answers requests by these choices; they are discarded where it cannot be made. */
export async function createSnapshot(choices: Choices, foundation: Foundation): Promise<Snapshot> {
  const { edge, backends } = choices;
  const prepared = await prepareHandlers(choices, foundation).catch(async (error: unknown) => {
    await discardChoices(choices, foundation);
    throw error;
  });
  let closing: Promise<void> | undefined;
  return {
    ...choices,
    ...wire(choices, foundation, prepared),
    cors: completeCors(edge.cors, backends.authentication),
    routes: edge.routes,
    close() {
      closing ??= closeBackends(listBackends(backends));
      return closing;
    },
  };
}

type PreparedParts = Pick<HandlerParts, 'documentation' | 'remoteToolsOfFile' | 'login'>;

/** @throws {ConfigurationError} for what the graph cannot be served with */
async function prepareHandlers(choices: Choices, foundation: Foundation): Promise<PreparedParts> {
  const remoteToolsOfFile = readRemoteTools(choices.loaded.configuration, foundation.runtime);
  const login = await prepareLogin(choices, foundation);
  const peppers = choices.obtainedPeppers();
  if (peppers !== undefined && foundation.data === 'directory') await tellMissingPeppers({ peppers, ...foundation });
  return { remoteToolsOfFile, login, documentation: await documentEdge(choices) };
}

function wire(
  choices: Choices,
  foundation: Foundation,
  prepared: PreparedParts,
): Pick<HostSnapshot, 'pipeline' | 'authority'> {
  const { backends, loaded, webhooks } = choices;
  const { runtime, stores, queue, guarded, inFlight, audit, signals, log } = foundation;
  const { vault, fileRules: rules, revocations, openRuns } = foundation;
  const { threads, grants, runs, memories, remoteTools, files, serverKeys, tickets, deliveries } = stores;
  const authority: Authority = {
    onChange: (listener) => listenToAll(listener, choices.changes, revocations),
    authenticate: { backends: backends.authentication, revocations, webhooks, log },
    authorize: authorizeOptions(backends, foundation),
    limits: limitRequests(choices, foundation),
  };
  const pipeline = createPipeline({
    ...authority,
    receive: receiveOptions(choices),
    recheckMilliseconds: loaded.configuration.recheck_interval * 1000,
    handlers: createHandlers({
      ...{ runtime, stores, threads, grants, runs, memories, queue, log, guarded, remoteTools, clock: systemClock },
      ...prepared,
      ...{ tickets, deliveries },
      enterExport: (owner) => foundation.openExports.enter(owner),
      enterRun: (owner) => openRuns.enter(owner, choices.edge.limits.runs),
      ...{ signals, streamBufferBytes: loaded.configuration.stream_buffer, authorization: backends.authorization },
      ...{ files, serverKeys, vault, rules, revocations },
      apiKeys: backends.authentication.find(({ apiKeys }) => apiKeys !== undefined)?.apiKeys,
      isServing: () => !inFlight.isEnding,
      protectedResource: choices.edge.protectedResource,
      playground: choices.edge.routes.some(({ name }) => name === 'readPlayground') ? readPlaygroundPage() : undefined,
    }),
    sockets: { tickets, open: foundation.openSockets, limits: chooseSocketLimits(loaded.configuration) },
    ...{ audit, signals, clock: systemClock },
  });
  return { pipeline, authority };
}

function limitRequests({ edge }: Choices, { counting, signals }: Foundation): RequestLimits | undefined {
  const { rules } = edge.limits;
  return rules === undefined ? undefined : createRequestLimits({ rules, ...counting, signals });
}

/** Until the function that it returns is called. */
function listenToAll(listener: () => void, changes: ChangeBell, revocations: Revocations): () => void {
  const stops = [changes.listen(listener), revocations.onChange?.(listener)];
  return () => {
    for (const stop of stops) stop?.();
  };
}

function authorizeOptions(
  { authentication, authorization, foreignScopes }: Backends,
  { log }: Foundation,
): AuthorizeOptions {
  return { backends: authorization, authentication, foreignScopes, log };
}

function receiveOptions({ edge, loaded, localOnly, maxBodyBytes }: Choices): PipelineOptions['receive'] {
  const matchRoute = createRouteMatcher(edge.routes);
  const refusesPreflights = loaded.configuration.auth !== undefined;
  const { websocket } = loaded.configuration;
  return {
    ...{ matchRoute, localOnly, maxBodyBytes, proxies: edge.proxies, refusesPreflights },
    pages: edge.cors,
    tokenInQuery: websocket?.insecure_token_in_query === true,
  };
}

/** Nothing is written that nobody can read. */
async function documentEdge({ edge: { routes }, loaded, backends }: Choices): Promise<HandlerParts['documentation']> {
  if (!routes.some(({ name }) => name === 'readOpenApi')) return undefined;
  const authentication = loaded.configuration.auth === undefined ? [] : backends.authentication;
  return createDocumentation({ routes, authentication, version });
}

function listBackends({ authentication, authorization }: Backends) {
  const shadows = authorization.flatMap(({ shadow }) =>
    shadow === undefined ? [] : [{ name: shadow.name, backend: shadow }],
  );
  return [...authentication, ...authorization, ...shadows];
}

/** What backends are given, and what they have to say. */
function createSurroundings(
  loaded: LoadedConfiguration,
  ground: Ground & { readonly isReload: boolean },
  environment: Environment,
) {
  const { directory, guarded, mode, host, log, data, lazyStores, lazyCounting, revocations, isReload } = ground;
  const { configuration } = loaded;
  const publicUrl = choosePublicUrl(loaded, ground);
  const warnings: ConfigurationFault[] = [];
  const announcements: string[] = [];
  const changes = createChangeBell();
  let peppers: Peppers | undefined;
  const surroundings: IssuingSurroundings = {
    ...{ directory, guarded, log, publicUrl: publicUrl.ask },
    environment: publicUrl.text === undefined ? environment : { ...environment, PUBLIC_URL: publicUrl.text },
    path: ['auth'],
    clock: systemClock,
    strict: isStrict(mode, { host, publicUrl: publicUrl.text, hasProxies: namesProxies(configuration, environment) }),
    isLiteral: (path: readonly (string | number)[]) => isLiteral(loaded.source.value, path, loaded.environment),
    warn: (fault: ConfigurationFault) => void warnings.push(fault),
    announce: (line: string) => void announcements.push(line),
    changed: () => changes.ring(),
    openStores: () => lazyStores.open(),
    revocations,
    obtainPeppers: () => (peppers ??= choosePeppers(surroundings, ground)),
    openCounters: async () => (await lazyCounting.open()).counters,
    openAttempts: async () => {
      const policies = chooseAttempts(configuration.rate_limit ?? undefined, environment);
      return createAttempts({ ...(await lazyCounting.open()), policies: () => policies });
    },
    isDevelopment: mode === 'development',
    isTrial: data === 'memory',
    isReload,
  };
  return { surroundings, warnings, announcements, changes, obtainedPeppers: () => peppers };
}

/** Only development makes a secret, and only where none is set; what leaves nothing behind makes one that is kept nowhere. */
function chooseSecret({ configuration, environment }: LoadedConfiguration, { mode, dataDirectory, data }: Ground) {
  if (mode !== 'development' || !lacksSecret(configuration.auth ?? [], environment)) {
    return { environment, file: undefined, created: false };
  }
  return provideDevelopmentSecret(dataDirectory, environment, { make: data === 'directory' ? 'kept' : 'fleeting' });
}

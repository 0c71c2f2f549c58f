import { type AuditSink, type Log, systemClock } from '@agentflow/core';
import { createSuccession, type RunningServer, type Succession, startServer } from '@agentflow/host';
import { type Composition, compose } from '../compose/compose.js';
import { type Mode, readMode } from '../compose/mode.js';
import { describeCounting } from '../compose/redis.js';
import type { Snapshot } from '../compose/snapshot.js';
import { type LoadedConfiguration, loadConfiguration } from '../configuration/load-configuration.js';
import { createJsonLog } from '../log/json-log.js';
import { createTerminalLog } from '../log/terminal-log.js';
import { digestOf, filesOf, marksOf, shortDigest } from '../reload/configuration-digest.js';
import { type Change, createReloader } from '../reload/reloader.js';
import { watchSecrets } from '../reload/watch-secrets.js';
import { describeGuard } from './describe-guard.js';
import { type ListenFlags, type Listening, readListening } from './listening.js';
import { endOnSignal, reloadOnHangUp } from './on-signals.js';
import { warningLine } from './print-faults.js';
import { formatStart } from './print-start.js';
import { readShadow, type ShadowFlags } from './read-shadow.js';
import { formatTryIt } from './try-it.js';

export interface ServeOptions extends ListenFlags, ShadowFlags {
  readonly config?: string | undefined;
}

/** Serves until the process is told to end. */
export async function serve(options: ServeOptions, commandsOwnMode: Mode): Promise<void> {
  const hangUp = reloadOnHangUp();
  const loaded = await loadConfiguration(options.config, process.env);
  const digest = digestOf(filesOf(loaded));
  const firstMarks = marksOf(loaded);
  const mode = readMode(loaded, commandsOwnMode);
  const listening = readListening(options, loaded);
  const { host, insecureNoAuth } = listening;
  const isForPeople = mode === 'development' || process.stdout.isTTY;
  const log = isForPeople ? createTerminalLog() : createJsonLog();
  const shadow = readShadow(options, loaded);
  const composition = await compose({ loaded, mode, host, insecureNoAuth, log, shadow, data: 'directory' });
  const { foundation, snapshot, variables } = composition;
  const succession = createSuccession(snapshot);
  const server = await listen(composition, succession, listening);
  foundation.listening.url = server.url;
  // For `dev`, which has started this process.
  process.send?.('serving');
  outliveStrayErrors(log);
  const reloader = createReloader({
    ...{ foundation, variables, succession, first: snapshot, firstMarks },
    started: { loaded, digest, ground: foundation, flags: options, listening, commandsOwnMode },
    load: () => loadConfiguration(loaded.source.file, variables.inherited),
    announce: (next, change) => logChange(log, next, change),
  });
  const secrets = watchSecrets(reloader);
  const end = endOnSignal(log, async () => {
    secrets.close();
    await server.stop(loaded.configuration.shutdown_grace * 1000);
    try {
      await reloader.close();
    } finally {
      await composition.close();
    }
  });
  const facts = { loaded, foundation, snapshot, digest, mode, url: server.url, insecureNoAuth };
  if (isForPeople) {
    process.stdout.write(`${formatStart(facts)}\n`);
    if (mode === 'development') process.stdout.write(`${await formatTryIt(facts)}\n`);
  } else {
    logStart(log, loaded, composition, { url: server.url, digest });
  }
  hangUp.begin({ reload: () => reloader.reload(), end });
}

function listen(composition: Composition, succession: Succession, { host, port }: Listening): Promise<RunningServer> {
  const { inFlight, log, audit } = composition.foundation;
  return startServer({ succession, inFlight, host, port, clock: systemClock, log, audit }).catch(
    async (error: unknown) => {
      await composition.close();
      throw explainListenError(error, host, port);
    },
  );
}

function explainListenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new Error(`port ${port} on ${host} is taken; choose another with --port or PORT`);
  if (code === 'EACCES') return new Error(`port ${port} needs more rights than this user has; choose one above 1023`);
  if (code === 'EADDRNOTAVAIL') return new Error(`${host} is not an address of this machine; correct --host or HOST`);
  if (error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo')
    return new Error(`${host} is no address, and no name that this machine can find; correct --host or HOST`);
  return error;
}

function logStart(
  log: Log & AuditSink,
  loaded: LoadedConfiguration,
  { snapshot, foundation }: Composition,
  { url, digest }: { readonly url: string; readonly digest: string },
): void {
  logNotes(log, snapshot);
  const guard = describeGuard(foundation.guarded);
  const limits = `${snapshot.edge.limits.description}; ${describeCounting(foundation)}`;
  log.info(
    {
      url,
      graph: loaded.configuration.agent,
      ...describeBackends(snapshot),
      ...{ guard, limits },
      localOnly: snapshot.localOnly,
      callbacks: snapshot.backends.login?.providerSignIn?.callbacks(),
      digest,
    },
    'listening',
  );
}

function logChange(log: Log, snapshot: Snapshot, { from, to, sameCode }: Change): void {
  logNotes(log, snapshot);
  for (const file of sameCode) {
    log.warn(
      { file },
      `${file} is evaluated once: it is made anew from the same code, and changed code takes a restart`,
    );
  }
  const change =
    from === to ? `digest ${shortDigest(to)}, as before` : `digest ${shortDigest(from)} to ${shortDigest(to)}`;
  log.info({ from, to, ...describeBackends(snapshot) }, `the changed configuration is in force (${change})`);
}

function logNotes(log: Log, { loaded, announcements, warnings }: Snapshot): void {
  for (const notice of loaded.notices) log.warn({}, notice);
  for (const line of announcements) log.warn({}, line);
  for (const warning of warnings) log.warn({}, warningLine(warning));
}

function describeBackends({ backends, webhooks }: Snapshot) {
  return {
    authenticate: backends.authentication.map(({ name, backend }) => ({ name, how: backend.describe() })),
    authorize: backends.authorization.map(({ name, backend }) => ({ name, how: backend.describe() })),
    webhooks: webhooks?.describe(),
    shadow: backends.authorization.find(({ shadow }) => shadow !== undefined)?.shadow?.describe(),
  };
}

/**
 * A promise that a plugin or a graph has forgotten, or a throw in a timer of theirs, belongs to no request: it is told, and
 * everybody else's requests go on.
 */
function outliveStrayErrors(log: Log): void {
  process.on('unhandledRejection', (error) =>
    log.error({ error }, 'a promise was rejected and nobody was waiting for it'),
  );
  process.on('uncaughtException', (error) => log.error({ error }, 'something threw outside of any request'));
}

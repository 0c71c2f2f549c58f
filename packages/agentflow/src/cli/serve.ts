import type { AuditSink, Log } from '@agentflow/core';
import { startServer } from '@agentflow/host';
import { type Composition, compose } from '../compose/compose.js';
import { type Mode, readMode } from '../compose/mode.js';
import { type LoadedConfiguration, loadConfiguration } from '../configuration/load-configuration.js';
import { createJsonLog } from '../log/json-log.js';
import { createTerminalLog } from '../log/terminal-log.js';
import { describeGuard } from './describe-guard.js';
import { type ListenFlags, readListening } from './listening.js';
import { formatStart } from './print-start.js';
import { readShadow, type ShadowFlags } from './read-shadow.js';
import { formatTryIt } from './try-it.js';

export interface ServeOptions extends ListenFlags, ShadowFlags {
  readonly config?: string | undefined;
}

/** Serves until the process is told to end. */
export async function serve(options: ServeOptions, commandsOwnMode: Mode): Promise<void> {
  const loaded = await loadConfiguration(options.config, process.env);
  const mode = readMode(loaded, commandsOwnMode);
  const { host, port, insecureNoAuth } = readListening(options, loaded);
  const isForPeople = mode === 'development' || process.stdout.isTTY;
  const log = isForPeople ? createTerminalLog() : createJsonLog();
  const shadow = readShadow(options, loaded);
  const composition = await compose({ loaded, mode, host, insecureNoAuth, log, shadow, data: 'directory' });
  const { clock } = composition.surroundings;
  const server = await startServer({
    pipeline: composition.pipeline,
    inFlight: composition.inFlight,
    host,
    port,
    clock,
    log,
    audit: composition.audit,
    cors: composition.cors,
  }).catch(async (error: unknown) => {
    await composition.close();
    throw explainListenError(error, host, port);
  });
  // For `dev`, which has started this process.
  process.send?.('serving');
  outliveStrayErrors(log);
  endOnSignal(log, async () => {
    await server.stop(loaded.configuration.shutdown_grace * 1000);
    await composition.close();
  });
  const facts = { loaded, composition, mode, url: server.url, insecureNoAuth };
  if (isForPeople) {
    process.stdout.write(`${formatStart(facts)}\n`);
    if (mode === 'development') process.stdout.write(`${await formatTryIt(facts)}\n`);
  } else {
    logStart(log, loaded, composition, server.url);
  }
}

function explainListenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new Error(`port ${port} on ${host} is taken; choose another with --port or PORT`);
  if (code === 'EACCES') return new Error(`port ${port} needs more rights than this user has; choose one above 1023`);
  if (code === 'EADDRNOTAVAIL') return new Error(`${host} is not an address of this machine`);
  return error;
}

function logStart(log: Log & AuditSink, loaded: LoadedConfiguration, composition: Composition, url: string): void {
  for (const notice of loaded.notices) log.warn({}, notice);
  for (const line of composition.announcements) log.warn({}, line);
  for (const { message } of composition.warnings) log.warn({}, message);
  const backends = {
    authenticate: composition.backends.authentication.map(({ name, backend }) => ({ name, how: backend.describe() })),
    authorize: composition.backends.authorization.map(({ name, backend }) => ({ name, how: backend.describe() })),
  };
  const shadow = composition.backends.authorization.find((one) => one.shadow !== undefined)?.shadow?.describe();
  const guard = describeGuard(composition.guarded);
  log.info(
    { url, graph: loaded.configuration.agent, ...backends, shadow, guard, localOnly: composition.localOnly },
    'listening',
  );
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

/** The first signal ends the server cleanly, with exit code 0; a second one does not wait. */
function endOnSignal(log: Log, end: () => Promise<void>): void {
  let isEnding = false;
  const onSignal = () => {
    if (isEnding) process.exit(1);
    isEnding = true;
    log.info({}, 'ending: no new requests; those in flight may finish');
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'the end was not clean');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

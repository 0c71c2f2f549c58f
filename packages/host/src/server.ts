import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type AuditSink, type Clock, type Log, UnavailableError } from '@agentflow/core';
import { answerUnreadable } from './answer-unreadable.js';
import { createApplication } from './application.js';
import { isLingering } from './close-gently.js';
import { cutOffStalled } from './cut-off-stalled.js';
import { continueWhenRead } from './expect-continue.js';
import type { InFlight } from './in-flight.js';
import { serveByTurn } from './serve-by-turn.js';
import type { Succession } from './succession.js';
import { countUntilAnswered } from './unanswered.js';
import { acceptUpgrades } from './upgrade.js';

export interface ServerOptions {
  readonly succession: Succession;
  readonly inFlight: InFlight;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** For what is no request, and so never reaches the pipeline. */
  readonly audit: AuditSink;
}

export interface RunningServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /**
   * Takes no new request, gives those in flight `graceMilliseconds` to finish, then ends the rest cleanly: a stream with a
   * last chunk that says why, anything else with 503. A socket is in flight while a run goes on there; others end at once.
   */
  stop(graceMilliseconds: number): Promise<void>;
}

/** Five minutes are for files on slow lines; any other body has its own, shorter time. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

/** More than a process can serve; fewer than it has file descriptors for, on a machine that is set up to serve. */
const maxConnections = 10_000;

/** How long what was aborted may take to say so. */
const lastWordsMilliseconds = 5_000;

/** @throws {Error} if the address is taken or not ours */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { succession, inFlight, host, port, log } = options;
  const application = createApplication({ succession, inFlight, log });
  const handle = application.callback();
  const turns = serveByTurn(async (request, response) => handle(request, response));
  const answer: RequestListener = (request, response) => {
    if (isLingering(request.socket)) return;
    cutOffStalled(response);
    countUntilAnswered(response);
    turns.add(request, response);
  };
  const server = createServer(limits, answer);
  server.maxConnections = maxConnections;
  // Node would invite the body of a stranger, and answer what it does not know by itself.
  server.on('checkContinue', (request, response) => {
    continueWhenRead(request, response);
    answer(request, response);
  });
  server.on('checkExpectation', answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerUnreadable(error, socket, options));
  const upgrades = acceptUpgrades(server, { succession, inFlight, log });
  await listen(server, host, port);
  return {
    url: urlOf(server.address() as AddressInfo),
    async stop(graceMilliseconds) {
      inFlight.isEnding = true;
      await turns.begun();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      upgrades.retire();
      if (!(await inFlight.settle(graceMilliseconds))) {
        inFlight.abort(new UnavailableError({ reason: 'the server ends', message: 'The server is shutting down.' }));
        await inFlight.settle(lastWordsMilliseconds);
      }
      // What was written last is on its way; a client that does not read it is not waited for.
      setTimeout(() => server.closeAllConnections(), 500).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

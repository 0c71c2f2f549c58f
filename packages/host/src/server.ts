import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, formatTime, type Log, type Pipeline, UnavailableError } from '@agentflow/core';
import { type ErrorCode, errorCodes, formatErrorBody } from '@agentflow/protocol';
import { createApplication } from './application.js';
import type { InFlight } from './in-flight.js';

export interface ServerOptions {
  readonly pipeline: Pipeline;
  readonly inFlight: InFlight;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /**
   * Takes no new request, gives those in flight `graceMilliseconds` to finish, then ends the rest cleanly: a stream with a
   * last chunk that says why, anything else with 503.
   */
  stop(graceMilliseconds: number): Promise<void>;
}

/** Node's own limits leave a slow sender five minutes; an agent's client has no reason to need them. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

/** How long what was aborted may take to say so. */
const lastWordsMilliseconds = 5_000;

/** @throws {Error} if the address is taken or not ours */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { pipeline, inFlight, host, port, clock, log } = options;
  const application = createApplication({ pipeline, inFlight, log });
  const handle = application.callback();
  const server = createServer(limits, (request, response) => void handle(request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerUnreadable(error, socket, clock));
  await listen(server, host, port);
  return {
    url: urlOf(server.address() as AddressInfo),
    async stop(graceMilliseconds) {
      inFlight.isEnding = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      if (!(await inFlight.settle(graceMilliseconds))) {
        inFlight.abort(new UnavailableError('the server ends', undefined, 'The server is shutting down.'));
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

const unreadable: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** What is not HTTP, or two requests that could be read as one, never reaches the pipeline (RFC 9112 §11.2). */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, clock: Clock): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = unreadable[error.code ?? ''] ?? 'BAD_REQUEST';
  const requestId = randomUUID();
  const body = JSON.stringify(formatErrorBody({ code }, requestId, formatTime(clock.now())));
  const { status, title } = errorCodes[code];
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-ID: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientLeftError, type IncomingRequest, type Log, type Pipeline } from '@agentflow/core';
import Koa from 'koa';
import type { InFlight } from './in-flight.js';
import { writeStream } from './write-stream.js';

export interface ApplicationParts {
  readonly pipeline: Pipeline;
  readonly inFlight: InFlight;
  readonly log: Log;
}

/** The Koa application: one middleware, which hands every request to the pipeline and writes what comes back. */
export function createApplication({ pipeline, inFlight, log }: ApplicationParts): Koa {
  const application = new Koa();
  application.on('error', (error: unknown) => log.error({ error }, 'a response could not be written'));
  application.use(async (context) => {
    const { req, res } = context;
    const ending = inFlight.begin();
    res.once('close', () => {
      if (!res.writableFinished) ending.controller.abort(new ClientLeftError());
    });
    try {
      const response = await pipeline(toIncomingRequest(req, ending.controller.signal));
      context.status = response.status;
      for (const [name, value] of Object.entries(response.headers)) {
        context.set(name, typeof value === 'string' ? value : [...value]);
      }
      if (inFlight.isEnding || !req.complete) refuseReuse(res);
      if (typeof response.body === 'string') {
        context.body = response.body;
      } else {
        context.respond = false;
        await writeStream(res, response.body, log);
      }
    } finally {
      ending.done();
    }
  });
  return application;
}

/** A connection whose request was not read to its end, or whose server ends, takes no other request. */
function refuseReuse(response: ServerResponse): void {
  response.setHeader('Connection', 'close');
}

function toIncomingRequest(request: IncomingMessage, signal: AbortSignal): IncomingRequest {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    rawHeaders: request.rawHeaders,
    address: normalizeAddress(request.socket.remoteAddress ?? ''),
    transport: 'http',
    body: request,
    signal,
  };
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address (RFC 4291 §2.5.5.2). */
export function normalizeAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

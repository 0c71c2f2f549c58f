import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingRequest, Log, Pipeline } from '@agentflow/core';
import Koa, { type Context } from 'koa';
import { isAllRead } from './all-read.js';
import { closeGently } from './close-gently.js';
import { bodyOf } from './expect-continue.js';
import type { InFlight, RequestInFlight } from './in-flight.js';
import type { Succession } from './succession.js';
import { writeStream } from './write-stream.js';

export interface ApplicationParts {
  readonly succession: Succession;
  readonly inFlight: InFlight;
  readonly log: Log;
}

/**
 * The Koa application: one middleware, which holds the snapshot that is in force for as long as the request takes, does CORS
 * where that has it, hands the request to its pipeline and writes what comes back.
 */
export function createApplication({ succession, inFlight, log }: ApplicationParts): Koa {
  const application = new Koa();
  application.on('error', (error: unknown) => log.error({ error }, 'a response could not be written'));
  /** A connection whose request was not read to its end, or whose server ends, takes no other request. */
  const limitReuse = (request: IncomingMessage, response: ServerResponse) => {
    const isUnread = !isAllRead(request);
    if (inFlight.isEnding || isUnread) response.setHeader('Connection', 'close');
    // A request that was read in part has let go of its socket.
    if (isUnread && response.socket !== null) closeGently(response.socket);
  };
  const answer = async (context: Context, pipeline: Pipeline) => {
    const { req, res } = context;
    const going = inFlight.begin();
    // Whoever has left before their request began is told of no more.
    if (res.destroyed) going.leave();
    res.once('close', () => {
      if (!res.writableFinished) going.leave();
    });
    try {
      const response = await pipeline(toIncomingRequest(req, going), succession);
      context.status = response.status;
      for (const [name, value] of Object.entries(response.headers)) {
        context.set(name, typeof value === 'string' ? value : [...value]);
      }
      limitReuse(req, res);
      const { body } = response;
      if (typeof body === 'string' && response.settled === undefined) {
        context.body = body;
      } else {
        context.respond = false;
        if (typeof body === 'string') context.set('Content-Length', String(Buffer.byteLength(body)));
        await writeStream(res, typeof body === 'string' ? onePiece(body) : body, log);
        // A run may outlive its reader; it is still in flight, and what it began on is still held.
        await response.settled;
      }
    } finally {
      going.done();
    }
  };
  application.use(async (context) => {
    const held = succession.hold();
    const { pipeline, cors } = held;
    try {
      if (cors === undefined) {
        await answer(context, pipeline);
        return;
      }
      await cors(context, () => answer(context, pipeline));
      if (!context.headerSent) limitReuse(context.req, context.res);
    } finally {
      held.release();
    }
  });
  return application;
}

async function* onePiece(text: string): AsyncGenerator<string> {
  yield text;
}

/** A request over HTTP, as the pipeline takes it. */
export function toIncomingRequest(request: IncomingMessage, { signal, serverEnd }: RequestInFlight): IncomingRequest {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    rawHeaders: request.rawHeaders,
    address: normalizeAddress(request.socket.remoteAddress ?? ''),
    isEncrypted: 'encrypted' in request.socket && request.socket.encrypted === true,
    transport: 'http',
    body: bodyOf(request),
    signal,
    serverEnd,
  };
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address (RFC 4291 §2.5.5.2). */
export function normalizeAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

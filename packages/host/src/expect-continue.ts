import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAllRead } from './all-read.js';

/** Clients who wait for `100 Continue` before they send a body (RFC 9110 §10.1.1). */
const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/** Whoever waits is told to go on when the body is asked for, and not before: a stranger never is. */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, response);
}

/** The body of a request, which its client sends when it is asked for. Undefined where all of the request is there, and none with it. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> | undefined {
  return isAllRead(request) ? undefined : piecesOf(request);
}

async function* piecesOf(request: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
  waiting.get(request)?.writeContinue();
  yield* request as AsyncIterable<Uint8Array>;
}

import { BadRequestError, RequestError } from '../../errors.js';
import { parseStrictJsonBytes, StrictJsonError } from '../../strict-json.js';
import type { RequestView } from '../request.js';
import { inTime, wholeBodyMilliseconds } from './in-time.js';

const nothing = new Uint8Array(0);

/** Parameters other than `charset=utf-8` are not understood, and so refused. */
const jsonType = /^application\/(?:[a-z0-9.+-]+\+)?json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?$/i;

/**
 * Reads a JSON object under a cap that counts what arrives, not what a header announces. Undefined if there is none.
 * @throws {RequestError} 400, 408, 413 or 415
 */
export async function readBody(request: RequestView, maxBytes: number): Promise<Record<string, unknown> | undefined> {
  // What comes with a handshake is no body, and no frame either: nobody has said yet that frames are read (RFC 6455 §4.1).
  if (request.body === undefined) return undefined;
  if (request.transport === 'websocket') return refuseAny(request.body);
  const bytes = await readBytes(request, maxBytes);
  if (bytes.byteLength === 0) return undefined;
  const value = parseJsonBody(request, bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequestError('The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

/**
 * The body as received, under a cap.
 * @throws {RequestError} 408 or 413
 */
export async function readBytes({ headers, body }: Pick<RequestView, 'headers' | 'body'>, maxBytes: number) {
  const announced = headers.get('content-length');
  if (announced !== undefined && Number(announced) > maxBytes) throw tooLarge(maxBytes);
  if (body === undefined) return nothing;
  return collect(inTime(body, wholeBodyMilliseconds, 'all'), maxBytes);
}

/**
 * Any JSON value that a body is.
 * @throws {RequestError} 400 or 415
 */
export function parseJsonBody({ headers }: Pick<RequestView, 'headers'>, bytes: Uint8Array): unknown {
  requireJson(headers);
  return parse(bytes);
}

async function refuseAny(body: AsyncIterable<Uint8Array>): Promise<undefined> {
  for await (const { byteLength } of body) {
    if (byteLength > 0)
      throw new BadRequestError('A WebSocket handshake has no body, and its client waits for the answer.');
  }
  return undefined;
}

function requireJson(headers: ReadonlyMap<string, string>): void {
  // A compressed body could unfold beyond any cap; a form can be sent by a web page without asking (CSRF).
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity' || !jsonType.test(headers.get('content-type') ?? '')) {
    throw new RequestError('UNSUPPORTED_MEDIA_TYPE');
  }
}

async function collect(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}

export function tooLarge(maxBytes: number): RequestError {
  return new RequestError('REQUEST_TOO_LARGE', { message: `The body is larger than ${maxBytes} bytes.` });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return parseStrictJsonBytes(bytes);
  } catch (error) {
    if (error instanceof StrictJsonError) throw new BadRequestError(`The body cannot be read: ${error.message}.`);
    throw error;
  }
}

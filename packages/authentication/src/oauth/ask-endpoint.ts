import { parseStrictJsonBytes, StrictJsonError } from '@agentflow/core';
import { maxAnswerBytes } from './options.js';
import type { VerifyTarget } from './verify-url.js';

/** The endpoint did not answer, or not so that it can be believed. Repeats nothing of the answer, which may hold the token. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

export interface EndpointRules extends VerifyTarget {
  readonly tokenField: string;
  readonly refusedWith: readonly number[];
  readonly deadlineMilliseconds: number;
}

/** What the endpoint says: the fields of its answer, or that the token is no good. */
export type EndpointAnswer =
  | { readonly kind: 'answered'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly status: number };

/** Asks about one token. `stop` ends it early. */
export type AskEndpoint = (token: string, stop: AbortSignal) => Promise<EndpointAnswer>;

// RFC 8259, and RFC 6839 §3.1
const jsonType = /^application\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i;

/** Makes the one call: POST, JSON both ways, no redirect, one deadline for connection, head and body, and a cap on the body. */
export function createEndpoint({
  url,
  headers,
  tokenField,
  refusedWith,
  deadlineMilliseconds,
}: EndpointRules): AskEndpoint {
  async function ask(token: string, signal: AbortSignal): Promise<EndpointAnswer> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, Accept: 'application/json', 'Content-Type': 'application/json' },
      body: JSON.stringify({ [tokenField]: token }),
      redirect: 'error',
      signal,
    });
    const { status, body } = response;
    if (status === 200) return { kind: 'answered', fields: await readFields(response) };
    // What it says beside its status is of no interest; unread, it would hold the connection.
    await body?.cancel();
    if (refusedWith.includes(status)) return { kind: 'refused', status };
    throw new EndpointError(`the verify endpoint answered ${status}`);
  }

  return async function askEndpoint(token, stop) {
    const controller = new AbortController();
    const end = () => controller.abort();
    const timer = setTimeout(end, deadlineMilliseconds);
    stop.addEventListener('abort', end, { once: true });
    try {
      return await ask(token, controller.signal);
    } catch (error) {
      if (error instanceof EndpointError) throw error;
      if (stop.aborted) throw new EndpointError('the server ends');
      if (controller.signal.aborted) {
        throw new EndpointError(`the verify endpoint did not answer within ${deadlineMilliseconds} ms`);
      }
      throw new EndpointError(`the verify endpoint cannot be asked (${reasonOf(error)})`);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
    }
  };
}

/** The code of what went wrong below `fetch`, or its own words, which are about the connection and not about what was sent. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'unknown error';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

async function readFields(response: Response): Promise<Readonly<Record<string, unknown>>> {
  if (!jsonType.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw new EndpointError('the verify endpoint answered something else than JSON');
  }
  const bytes = await readCapped(response);
  let value: unknown;
  try {
    value = parseStrictJsonBytes(bytes, { maxDepth: 16, maxValues: 1000 });
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    throw new EndpointError('the answer of the verify endpoint is not strict JSON');
  }
  if (!isObject(value)) throw new EndpointError('the answer of the verify endpoint is not an object');
  return value;
}

/** Counts what arrives, unpacked: what a header says of the length is nobody's promise. */
async function readCapped(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop closes the connection.
    if (length > maxAnswerBytes) throw new EndpointError(`the answer is longer than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

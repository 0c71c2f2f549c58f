import { lookup as lookUp } from 'node:dns';
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { request as secureRequest, Agent as TlsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type JsonLimits, parseStrictJsonBytes, StrictJsonError } from '@agentflow/core';
import type { MayConnect } from './allowed-addresses.js';
import { EndpointError } from './endpoint-error.js';

/** What is asked of somebody else's server. */
export interface JsonRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** With it, it is a POST. */
  readonly body?: { readonly type: string; readonly text: string };
  /** Which answers are read beside 200, if they are JSON. */
  readonly alsoRead?: readonly number[];
}

export interface JsonAnswer {
  readonly status: number;
  /** Of 200, and of what was asked to be read beside it. */
  readonly value: unknown;
}

export interface FetchRules {
  /** Names the other side in reasons: "the verify endpoint". */
  readonly what: string;
  readonly mayConnect: MayConnect;
  /** For everything together: name, connection, head and body. */
  readonly deadlineMilliseconds: number;
  readonly maxBytes: number;
  readonly limits: JsonLimits;
  /** Replaced in tests. */
  readonly lookup?: typeof lookUp;
}

/**
 * `stop` ends it early.
 * @throws {EndpointError} and nothing else
 */
export type FetchJson = (request: JsonRequest, stop: AbortSignal) => Promise<JsonAnswer>;

export interface Fetcher {
  readonly fetchJson: FetchJson;
  /** Lets go of connections that wait for another question. */
  readonly close: () => void;
}

// RFC 8259, and RFC 6839 §3.1
const jsonType = /^application\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i;

/** Shorter than servers keep a connection that nobody uses: one that they close meanwhile would look like an outage. */
const idleMilliseconds = 4_000;

const maxPassedOverBytes = 16 * 1024;

/**
 * The one way in which anybody else is asked: no redirect, no proxy, one deadline, a cap on what is read, strict JSON, and connections only
 * to addresses that may be connected to. Those are looked at by the connection itself, once it has them: whatever a name is made to point
 * to afterwards, nobody goes there.
 */
export function createFetcher(rules: FetchRules): Fetcher {
  const { what, mayConnect, deadlineMilliseconds } = rules;
  const shared = { keepAlive: true, timeout: idleMilliseconds, lookup: checkedLookup(mayConnect, rules.lookup) };
  const agents = { plain: new PlainAgent(shared), tls: new TlsAgent(shared) };

  async function ask({ url, headers, body, alsoRead }: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> {
    requireAddress(url, mayConnect);
    const isTls = url.protocol === 'https:';
    const length = body === undefined ? undefined : Buffer.byteLength(body.text);
    const fields = {
      ...headers,
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      ...(body !== undefined && { 'Content-Type': body.type, 'Content-Length': String(length) }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method: body === undefined ? 'GET' : 'POST', headers: fields, signal };
      const outgoing = isTls
        ? secureRequest(url, { ...options, agent: agents.tls })
        : plainRequest(url, { ...options, agent: agents.plain });
      outgoing.once('response', resolve).on('error', reject).end(body?.text);
    });
    const { statusCode: status = 0 } = response;
    if (status === 200 || (alsoRead?.includes(status) === true && isJson(response))) {
      return { status, value: await readJson(response, rules) };
    }
    passOver(response);
    return { status, value: undefined };
  }

  return {
    async fetchJson(request, stop) {
      const controller = new AbortController();
      const end = () => controller.abort();
      const timer = setTimeout(end, deadlineMilliseconds);
      stop.addEventListener('abort', end, { once: true });
      if (stop.aborted) end();
      try {
        return await ask(request, controller.signal);
      } catch (error) {
        if (error instanceof EndpointError) throw error;
        if (stop.aborted) throw new EndpointError('the server ends');
        const isLate = controller.signal.aborted;
        const reason = isLate
          ? `did not answer within ${deadlineMilliseconds} ms`
          : `cannot be asked (${reasonOf(error)})`;
        throw new EndpointError(`${what} ${reason}`, { isAway: true });
      } finally {
        clearTimeout(timer);
        stop.removeEventListener('abort', end);
      }
    },
    close() {
      agents.plain.destroy();
      agents.tls.destroy();
    },
  };
}

/** What is said beside another status is of no interest; but a little of it is read, so that the connection can be used again. */
function passOver(response: IncomingMessage): void {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (!(length <= maxPassedOverBytes)) response.destroy();
  else response.setTimeout(idleMilliseconds, () => response.destroy()).resume();
}

/** A name's addresses, less those that nobody may connect to. An address needs no lookup, and is looked at before. */
function checkedLookup(mayConnect: MayConnect, lookup: typeof lookUp = lookUp): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [], 0);
      const allowed = found.filter(({ address }) => mayConnect(address));
      const [first] = allowed;
      if (first === undefined)
        return callback(refusedAddress(name, found.map(({ address }) => address).join(', ')), []);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function requireAddress({ hostname }: URL, mayConnect: MayConnect): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayConnect(host)) throw refusedAddress(host, host);
}

function refusedAddress(name: string, addresses: string): EndpointError {
  const at = name === addresses ? name : `${name} (${addresses})`;
  return new EndpointError(`${at} is no address of the public internet, and "allow_networks" does not list it`);
}

/** The code of what went wrong below, or its own words, which are about the connection and not about what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function isJson({ headers }: IncomingMessage): boolean {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  return jsonType.test(type) && encoding === 'identity';
}

async function readJson(response: IncomingMessage, { what, maxBytes, limits }: FetchRules): Promise<unknown> {
  if (!isJson(response)) {
    response.destroy();
    throw new EndpointError(`${what} answered something else than JSON`);
  }
  const bytes = await readCapped(response, maxBytes);
  try {
    return parseStrictJsonBytes(bytes, limits);
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    throw new EndpointError(`the answer of ${what} is not strict JSON`);
  }
}

/** Counts what arrives: what a header says of the length is nobody's promise. */
async function readCapped(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    // Leaving the loop closes the connection.
    if (length > maxBytes) throw new EndpointError(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

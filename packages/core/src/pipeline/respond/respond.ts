import { type Challenge, formatChallenge, formatEnvelope, formatErrorBody, type Route } from '@agentflow/protocol';
import { type Clock, formatTime } from '../../clock.js';
import {
  AccessDeniedError,
  MethodNotAllowedError,
  RequestError,
  UnauthenticatedError,
  UpgradeRequiredError,
} from '../../errors.js';
import type { RequestRecord } from '../audit/audit.js';
import type { Outcome } from '../handle/outcome.js';
import type { RequestView } from '../request.js';
import type { Conversation } from '../socket/connection.js';
import { errorPagePolicy, formatErrorPage } from './error-page.js';
import { fileHeaders } from './file-answer.js';
import { chooseFraming } from './framing/framing.js';
import { standingHeaders } from './standing-headers.js';

/** What goes to the socket. `body` is JSON text, the lines of a stream, each with its end, or the bytes of a file or of JSON. */
export interface OutgoingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | AsyncIterable<string | Uint8Array>;
  /** Resolves when the run behind it has ended, which may be after its reader has gone: until then the request is in flight. */
  readonly settled?: Promise<void>;
  /** What ended a stream early, once it has ended. */
  readonly failure?: () => unknown;
  /** Of a WebSocket that is to be accepted: what happens on it. Then there is no body. */
  readonly conversation?: Conversation;
}

const json = 'application/json; charset=utf-8';

/** RFC 9110 §15.5.22, RFC 6455 §4.4. */
const upgrade = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13' } as const;

/** Respond: an outcome becomes status, headers and body. */
export function respond(
  outcome: Exclude<Outcome, { kind: 'socket' }>,
  route: Route,
  {
    id: requestId,
    isSecure,
    method,
    headers: requestHeaders,
  }: Pick<RequestView, 'id' | 'isSecure' | 'method' | 'headers'>,
  clock: Clock,
): OutgoingResponse {
  const headers = standingHeaders(requestId, isSecure);
  if (outcome.kind === 'stream') {
    const framing = chooseFraming(requestHeaders.get('accept') ?? '');
    return {
      status: 200,
      headers: {
        ...headers,
        'Content-Type': framing.contentType,
        'Cache-Control': 'no-cache, no-transform',
        'X-Accel-Buffering': 'no',
        'Content-Encoding': 'identity',
      },
      body: framing.frame(outcome.chunks),
      settled: outcome.settled,
      failure: outcome.failure,
    };
  }
  if (outcome.kind === 'file') {
    // RFC 9110 §9.3.2: the answer to HEAD says how long the file is, and nobody opens it.
    const body = method === 'HEAD' ? nothing() : outcome.bytes;
    return { status: 200, headers: { ...headers, ...fileHeaders(outcome) }, body };
  }
  if (outcome.kind === 'document') {
    if (method === 'HEAD') outcome.giveUp();
    const body = method === 'HEAD' ? nothing() : outcome.pieces;
    return { status: 200, headers: { ...headers, 'Content-Type': json }, body };
  }
  if (outcome.kind === 'redirect') {
    return { status: 302, headers: { ...headers, ...outcome.headers, Location: outcome.location }, body: '' };
  }
  if (outcome.kind === 'page') {
    const page = {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': outcome.policy,
      // ASVS 5.0 §3.4: whoever opens it from elsewhere gets no hold of its window.
      'Cross-Origin-Opener-Policy': 'same-origin',
    };
    return { status: 200, headers: { ...headers, ...page }, body: outcome.html };
  }
  const body =
    route.answer === 'plain'
      ? outcome.data
      : formatEnvelope(outcome.data, requestId, formatTime(clock.now()), outcome.message);
  return {
    status: outcome.status ?? 200,
    headers: { ...headers, ...outcome.headers, 'Content-Type': json },
    body: JSON.stringify(body),
    ...(outcome.settled !== undefined && { settled: outcome.settled }),
  };
}

async function* nothing(): AsyncGenerator<never> {}

/** The answer to any error: public text only. What is not a {@link RequestError} says nothing about itself. */
export function respondError(
  error: unknown,
  { id, client, request }: Pick<RequestRecord, 'id' | 'client' | 'request'>,
  clock: Clock,
): OutgoingResponse {
  const known = error instanceof RequestError ? error : new RequestError('INTERNAL', { cause: error });
  const form = isBeforeBrowser(request)
    ? {
        headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': errorPagePolicy },
        body: formatErrorPage(known.publicError, id),
      }
    : {
        headers: { 'Content-Type': prefersProblem(request) ? 'application/problem+json; charset=utf-8' : json },
        body: JSON.stringify(formatErrorBody(known.publicError, id, formatTime(clock.now()))),
      };
  return {
    status: known.status,
    headers: {
      ...standingHeaders(id, client.isSecure),
      ...form.headers,
      ...challengesOf(known),
      ...(known instanceof MethodNotAllowedError && { Allow: known.allowed.join(', ') }),
      ...(known instanceof UpgradeRequiredError && upgrade),
      ...(known.retryAfterSeconds !== undefined && { 'Retry-After': String(known.retryAfterSeconds) }),
    },
    body: form.body,
  };
}

/** Somebody has come here with all of their window, and is told in words. */
function isBeforeBrowser(request: RequestView | undefined): boolean {
  return request?.match.kind === 'found' && request.match.route.answer === 'redirect';
}

function challengesOf(error: RequestError): Record<string, readonly string[]> {
  if (!(error instanceof UnauthenticatedError || error instanceof AccessDeniedError)) return {};
  const challenges: readonly Challenge[] = error.challenges;
  return challenges.length === 0 ? {} : { 'WWW-Authenticate': challenges.map(formatChallenge) };
}

/** RFC 9457's own type only for those who ask for it and not for JSON: AgentFlow's client reads nothing else as JSON. */
function prefersProblem(request: RequestView | undefined): boolean {
  const accept = request?.headers.get('accept') ?? '';
  return /application\/problem\+json/i.test(accept) && !/application\/(?:json|\*)|\*\/\*/i.test(accept);
}

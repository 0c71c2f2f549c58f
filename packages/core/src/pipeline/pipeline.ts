import { randomUUID } from 'node:crypto';
import type { Route } from '@agentflow/protocol';
import type { AuditSink } from '../audit-event.js';
import type { Clock } from '../clock.js';
import type { Signals } from '../signals.js';
import { type RequestRecord, writeAuditEvent } from './audit/audit.js';
import { followStream } from './audit/follow-stream.js';
import { reportFault } from './audit/report-fault.js';
import { admit } from './authenticate/admit.js';
import { authenticateOpening } from './authenticate/redeem-ticket.js';
import { authorizeAndHandle } from './authorize-and-handle.js';
import type { Handlers } from './handle/call.js';
import { authenticateAgain } from './lease/access-lease.js';
import { type Authority, type AuthorityInForce, askInForce } from './lease/authority.js';
import { limitFields, standingsOf } from './limit/limit-fields.js';
import { isGuess } from './limit/request-limits.js';
import { locate } from './read/locate.js';
import { readBody } from './read/read-body.js';
import { readDelivery } from './read/read-signed.js';
import { locateClient } from './receive/locate-client.js';
import { type ReceiveOptions, receive } from './receive/receive.js';
import type { Caller, IncomingRequest, RequestView } from './request.js';
import { type OutgoingResponse, respond, respondError } from './respond/respond.js';
import { openConversation, type SocketParts } from './socket/open-conversation.js';

export interface PipelineOptions extends Authority {
  readonly receive: ReceiveOptions & { readonly maxBodyBytes: number };
  /** How old may be, at most, what a run or a stream that goes on was last allowed by. */
  readonly recheckMilliseconds: number;
  readonly handlers: Handlers;
  readonly sockets: SocketParts;
  readonly audit: AuditSink;
  readonly signals: Signals;
  readonly clock: Clock;
}

/**
 * Answers every request, whatever happens; never rejects. What is allowed here is asked again of what is in force later, for as long as
 * it goes on.
 */
export type Pipeline = (incoming: IncomingRequest, inForce: AuthorityInForce) => Promise<OutgoingResponse>;

interface BodyRules {
  readonly route: Route;
  readonly caller: Caller | null;
  readonly maxBodyBytes: number;
}

/**
 * Strangers cannot make the server read: what a public route is sent stays in the socket, unless its row says how little it is. A form is
 * read by its handler. What a service has signed has been read already, and is data for a run.
 */
async function readBodyOf(request: RequestView, { route, caller, maxBodyBytes }: BodyRules) {
  if ('signed' in route) return readDelivery(request, caller);
  if (route.body === 'multipart') return undefined;
  const maxBytes = caller === null ? route.maxPublicBytes : maxBodyBytes;
  return maxBytes === undefined ? undefined : readBody(request, maxBytes);
}

/** Whoever takes their time over the body is let in by what is in force when it is there, as whoever comes only then. */
async function stillThere(caller: Caller | null, request: RequestView, inForce: AuthorityInForce) {
  if (caller === null) return null;
  return askInForce(inForce, (authority) => authenticateAgain(request, caller, authority));
}

/**
 * The way of one request through the house: receive, authenticate, read, authorize, handle, respond; audit
 * around all of it.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { clock, recheckMilliseconds, handlers, sockets, limits } = options;
  const audit = { sink: options.audit, signals: options.signals, clock, log: options.authenticate.log };
  const { maxBodyBytes } = options.receive;
  const opening = { tickets: sockets.tickets, authenticate: options.authenticate };

  async function answer(
    incoming: IncomingRequest,
    inForce: AuthorityInForce,
    record: RequestRecord,
  ): Promise<OutgoingResponse> {
    const received = await receiveCounted(incoming, record);
    record.request = received;
    const { request, caller } = await authenticateCounted(received, record);
    await admit(caller, record, audit);
    const located = locate(request);
    const readFrom = clock.now();
    const body = await readBodyOf(request, { route: located.route, caller, maxBodyBytes });
    const isLate = clock.now() - readFrom >= recheckMilliseconds / 2;
    const sender = isLate ? await stillThere(caller, request, inForce) : caller;
    if (sender !== null) record.caller = sender;
    const presented = sender && { request, caller: sender };
    const parts = { authorize: options.authorize, handlers, inForce, recheckMilliseconds, audit };
    const outcome = await authorizeAndHandle({ request, located, presented, body }, record, parts);
    if (outcome.kind !== 'socket') return respond(outcome, located.route, request, clock);
    const conversation = openConversation(presented, record, { ...parts, sockets, maxFrameBytes: maxBodyBytes });
    return { status: 101, headers: { 'X-Request-ID': record.id }, body: '', conversation };
  }

  /** What cannot be read counts as well; but what a browser asks by itself never does. */
  async function receiveCounted(incoming: IncomingRequest, record: RequestRecord): Promise<RequestView> {
    try {
      return receive(incoming, record.id, record.client, options.receive);
    } catch (error) {
      if (incoming.method !== 'OPTIONS') await limits?.unreadable(record.client.address, record);
      throw error;
    }
  }

  /** Nothing is done for a credential before it is known that it may be asked about. */
  async function authenticateCounted(received: RequestView, record: RequestRecord) {
    const credential = await limits?.presented(received, options.authenticate.backends, record);
    try {
      const opened = await authenticateOpening(received, opening);
      if (opened.caller === null) return opened;
      record.caller = opened.caller;
      await limits?.accepted(opened.request, opened.caller.principal, credential, record);
      return opened;
    } catch (error) {
      if (isGuess(error)) await limits?.rejected(received.address, credential);
      throw error;
    }
  }

  return async function serve(incoming, inForce) {
    const client = locateClient(incoming, options.receive.proxies);
    const record: RequestRecord = { id: randomUUID(), incoming, client, startedAt: clock.now() };
    let response: OutgoingResponse;
    try {
      response = await answer(incoming, inForce, record);
    } catch (error) {
      record.error = error;
      response = respondError(error, record, clock);
      if (response.status >= 500) reportFault(error, record, audit.log);
    }
    const standings = standingsOf(record);
    if (standings.length > 0) {
      response = { ...response, headers: { ...response.headers, ...limitFields(standings, clock) } };
    }
    // It writes its own events.
    if (response.conversation !== undefined) return response;
    if (typeof response.body !== 'string') return followStream(response, record, audit);
    writeAuditEvent(record, 'request', response.status, audit);
    return response;
  };
}

import { randomUUID } from 'node:crypto';
import type { AuditSink } from '../audit-event.js';
import type { Clock } from '../clock.js';
import type { Signals } from '../signals.js';
import { type RequestRecord, writeAuditEvent } from './audit/audit.js';
import { followStream } from './audit/follow-stream.js';
import { reportFault } from './audit/report-fault.js';
import { authenticateOpening } from './authenticate/redeem-ticket.js';
import { authorizeAndHandle } from './authorize-and-handle.js';
import type { Handlers } from './handle/call.js';
import type { Authority, AuthorityInForce } from './lease/authority.js';
import { locate } from './read/locate.js';
import { readBody } from './read/read-body.js';
import { locateClient } from './receive/locate-client.js';
import { type ReceiveOptions, receive } from './receive/receive.js';
import type { IncomingRequest } from './request.js';
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

/**
 * The way of one request through the house: receive, authenticate, read, authorize, handle, respond; audit
 * around all of it.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { clock, recheckMilliseconds, handlers, sockets } = options;
  const audit = { sink: options.audit, signals: options.signals, clock, log: options.authenticate.log };
  const { maxBodyBytes } = options.receive;
  const opening = { tickets: sockets.tickets, authenticate: options.authenticate };

  async function answer(
    incoming: IncomingRequest,
    inForce: AuthorityInForce,
    record: RequestRecord,
  ): Promise<OutgoingResponse> {
    const received = receive(incoming, record.id, record.client, options.receive);
    record.request = received;
    const { request, caller } = await authenticateOpening(received, opening);
    if (caller !== null) record.caller = caller;
    const located = locate(request);
    // Strangers cannot make the server read: what a public route is sent stays in the socket. A form is read by its handler.
    const isRead = caller !== null && located.route.body !== 'multipart';
    const body = isRead ? await readBody(request, maxBodyBytes) : undefined;
    const presented = caller && { request, caller };
    const parts = { authorize: options.authorize, handlers, inForce, recheckMilliseconds, audit };
    const outcome = await authorizeAndHandle({ request, located, presented, body }, record, parts);
    if (outcome.kind !== 'socket') return respond(outcome, located.route, request, clock);
    const conversation = openConversation(presented, record, { ...parts, sockets, maxFrameBytes: maxBodyBytes });
    return { status: 101, headers: { 'X-Request-ID': record.id }, body: '', conversation };
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
    // It writes its own events.
    if (response.conversation !== undefined) return response;
    if (typeof response.body !== 'string') return followStream(response, record, audit);
    writeAuditEvent(record, 'request', response.status, audit);
    return response;
  };
}

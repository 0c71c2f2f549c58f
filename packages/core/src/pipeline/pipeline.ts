import { randomUUID } from 'node:crypto';
import type { AuditSink } from '../audit-event.js';
import type { Clock } from '../clock.js';
import type { Signals } from '../signals.js';
import { type RequestRecord, writeAuditEvent, writeChange, writeRefusedUse } from './audit/audit.js';
import { createDifferenceTeller } from './audit/difference.js';
import { followStream } from './audit/follow-stream.js';
import { reportFault } from './audit/report-fault.js';
import { authenticate } from './authenticate/authenticate.js';
import { authorizeRoute } from './authorize/authorize-route.js';
import type { TellRefusedUse } from './authorize/authorize-use.js';
import type { Call, Handlers } from './handle/call.js';
import { handle } from './handle/handle.js';
import { openAccessLease } from './lease/access-lease.js';
import type { Authority, AuthorityInForce } from './lease/authority.js';
import { shareLease } from './lease/share-lease.js';
import { locate } from './read/locate.js';
import { readBody } from './read/read-body.js';
import { locateClient } from './receive/locate-client.js';
import { type ReceiveOptions, receive } from './receive/receive.js';
import type { IncomingRequest } from './request.js';
import { type OutgoingResponse, respond, respondError } from './respond/respond.js';

export interface PipelineOptions extends Authority {
  readonly receive: ReceiveOptions & { readonly maxBodyBytes: number };
  /** How old may be, at most, what a run or a stream that goes on was last allowed by. */
  readonly recheckMilliseconds: number;
  readonly handlers: Handlers;
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
  const { clock, recheckMilliseconds } = options;
  const audit = { sink: options.audit, signals: options.signals, clock, log: options.authenticate.log };
  const isShadowed = options.authorize.backends.some(({ shadow }) => shadow !== undefined);

  async function answer(
    incoming: IncomingRequest,
    inForce: AuthorityInForce,
    record: RequestRecord,
  ): Promise<OutgoingResponse> {
    const request = receive(incoming, record.id, record.client, options.receive);
    record.request = request;
    const caller = await authenticate(request, options.authenticate);
    if (caller !== null) record.caller = caller;
    const located = locate(request);
    // Strangers cannot make the server read: what a public route is sent stays in the socket. A form is read by its handler.
    const isRead = caller !== null && located.route.body !== 'multipart';
    const body = isRead ? await readBody(request, options.receive.maxBodyBytes) : undefined;
    const authorize = isShadowed
      ? { ...options.authorize, tellDifference: createDifferenceTeller(record, audit) }
      : options.authorize;
    const named = await authorizeRoute({ request, located, caller, body }, authorize, record);
    const tellRefusedUse: TellRefusedUse = (refused) => writeRefusedUse(record, refused, audit);
    const recordChange: Call['recordChange'] = (event, detail) => {
      writeChange(record, event, detail, audit);
      inForce.changed();
    };
    const presented = caller && { request, caller };
    const openLease = shareLease(() => {
      const { access } = record;
      if (presented === null || access === undefined) throw new Error(`${located.route.name} was not decided about`);
      return openAccessLease({ presented, access, inForce, recheckMilliseconds, log: audit.log });
    });
    const authorized = { request, located, presented, named, body, openLease, inForce, tellRefusedUse, recordChange };
    const outcome = await handle(authorized, options.handlers, authorize);
    return respond(outcome, located.route, request, clock);
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
    if (typeof response.body !== 'string') return followStream(response, record, audit);
    writeAuditEvent(record, 'request', response.status, audit);
    return response;
  };
}

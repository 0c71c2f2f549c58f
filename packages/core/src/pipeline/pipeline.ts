import { randomUUID } from 'node:crypto';
import type { AuditSink } from '../audit-event.js';
import type { Clock } from '../clock.js';
import { type RequestRecord, writeAuditEvent } from './audit/audit.js';
import { followStream } from './audit/follow-stream.js';
import { reportFault } from './audit/report-fault.js';
import { type AuthenticateOptions, authenticate } from './authenticate/authenticate.js';
import type { AuthorizeOptions } from './authorize/authorize.js';
import { authorizeRoute } from './authorize/authorize-route.js';
import type { Handlers } from './handle/call.js';
import { handle } from './handle/handle.js';
import { locate } from './receive/locate.js';
import { readBody } from './receive/read-body.js';
import { type ReceiveOptions, receive } from './receive/receive.js';
import type { IncomingRequest } from './request.js';
import { type OutgoingResponse, respond, respondError } from './respond/respond.js';

export interface PipelineOptions {
  readonly receive: ReceiveOptions & { readonly maxBodyBytes: number };
  readonly authenticate: AuthenticateOptions;
  readonly authorize: AuthorizeOptions;
  readonly handlers: Handlers;
  readonly audit: AuditSink;
  readonly clock: Clock;
}

/** Answers every request, whatever happens; never rejects. */
export type Pipeline = (incoming: IncomingRequest) => Promise<OutgoingResponse>;

/**
 * The way of one request through the house: receive, authenticate, authorize, handle, respond; audit around all of it.
 * HTTP and WebSocket take the same way.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { clock } = options;
  const audit = { sink: options.audit, clock, log: options.authenticate.log };

  async function answer(incoming: IncomingRequest, record: RequestRecord): Promise<OutgoingResponse> {
    const request = receive(incoming, record.id, options.receive);
    record.request = request;
    const caller = await authenticate(request, options.authenticate);
    if (caller !== null) record.caller = caller;
    const located = locate(request);
    const body = await readBody(request, options.receive.maxBodyBytes);
    const threadId = await authorizeRoute({ request, located, caller, body }, options.authorize, record);
    const outcome = await handle({ request, located, caller, threadId, body }, options.handlers, options.authorize);
    return respond(outcome, located.route, request.id, clock);
  }

  return async function serve(incoming) {
    const record: RequestRecord = { id: randomUUID(), incoming, startedAt: clock.now() };
    let response: OutgoingResponse;
    try {
      response = await answer(incoming, record);
    } catch (error) {
      record.error = error;
      response = respondError(error, record.request, record.id, clock);
      if (response.status >= 500) reportFault(error, record, audit.log);
    }
    if (typeof response.body !== 'string') return followStream(response, record, audit);
    writeAuditEvent(record, 'request', response.status, audit);
    return response;
  };
}

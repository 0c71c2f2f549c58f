import type { ErrorCode, JsonObject } from '@agentflow/protocol';
import { actorsOf } from '../../actor.js';
import type { AuditEvent, AuditSink, ChangeEvent } from '../../audit-event.js';
import { type Clock, formatTime } from '../../clock.js';
import { toPrintable } from '../../control-characters.js';
import { RequestError } from '../../errors.js';
import type { Log } from '../../log.js';
import { ownerOf } from '../../principal.js';
import type { Signals } from '../../signals.js';
import type { AccessRequest } from '../authorize/authorize.js';
import type { RefusedUse } from '../authorize/authorize-use.js';
import type { LimitedRequest } from '../limit/count-request.js';
import type { Client } from '../receive/locate-client.js';
import type { Caller, IncomingRequest, RequestView } from '../request.js';

/** What the stages found out about a request so far. Each stage adds its own; the audit reads all of it at the end. */
export interface RequestRecord extends LimitedRequest {
  readonly id: string;
  readonly incoming: IncomingRequest;
  readonly client: Client;
  readonly startedAt: number;
  request?: RequestView;
  caller?: Caller;
  access?: AccessRequest;
  reason?: string;
  policyId?: string | undefined;
  detail?: JsonObject | undefined;
  /** The error that ended the request, if one did. */
  error?: unknown;
}

export interface AuditOptions {
  readonly sink: AuditSink;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes one event about a request, from whichever exit was taken. It never throws: an answer is not lost for it. */
export function writeAuditEvent(
  record: RequestRecord,
  event: AuditEvent['event'],
  status: number,
  { sink, signals, clock, log }: AuditOptions,
): void {
  const now = clock.now();
  const written: AuditEvent = {
    time: formatTime(now),
    requestId: record.id,
    event,
    ...requestFacts(record),
    ...callerFacts(record),
    ...outcomeFacts(record, status, event),
    durationMilliseconds: now - record.startedAt,
  };
  if (['request', 'stream-closed', 'socket-closed'].includes(event)) tellSignals(written, signals);
  try {
    sink.write(written);
  } catch (error) {
    log.error({ requestId: record.id, error }, 'the audit sink threw');
  }
}

/** Writes that a run of this request has not used a node or a tool, and why. */
export function writeRefusedUse(
  record: RequestRecord,
  { access, refusal, policyId }: RefusedUse,
  options: AuditOptions,
): void {
  writeAuditEvent({ ...record, access, policyId, error: refusal }, 'use-refused', refusal.status, options);
}

/** Writes by what a run of this request has ended after its reader had gone: nobody else was told. */
export function writeRunEnd(record: RequestRecord, error: unknown, options: AuditOptions): void {
  const status = error instanceof RequestError ? error.status : 500;
  writeAuditEvent({ ...record, error }, 'run-ended', status, options);
}

/**
 * Whether somebody may be allowed less, or more, by it. What a caller declares for their own client is nothing to others, and each word of a
 * change has all that goes on asked about again.
 */
export function mayChangeAnswers(event: ChangeEvent): boolean {
  // Of a key that is taken back, the list of what was revoked sends word.
  return event !== 'remote-tools-declared' && !event.startsWith('api-key-');
}

export function writeChange(
  record: RequestRecord,
  event: ChangeEvent,
  detail: JsonObject,
  options: AuditOptions,
): void {
  // A refresh token that was used before changes what its session is worth; whoever sent it gets nothing.
  writeAuditEvent({ ...record, detail }, event, event === 'refresh-reused' ? 401 : 200, options);
}

function tellSignals({ route, outcome, status, durationMilliseconds }: AuditEvent, signals: Signals): void {
  const named = { route: route ?? 'none' };
  signals.count('agentflow_requests_total', { ...named, outcome, status: String(status) });
  signals.time('agentflow_request_milliseconds', durationMilliseconds, named);
}

function requestFacts({ request, incoming, client, access }: RequestRecord) {
  const match = request?.match;
  return {
    route: match?.kind === 'found' ? match.route.name : null,
    method: incoming.method,
    path: request?.path || malformedPath(incoming.target),
    address: client.address,
    resource: access?.resource ?? null,
    action: access?.action ?? null,
    resourceId: access?.resourceId ?? null,
  };
}

/** Query and user part of a malformed target may hold a credential: nothing but the path is kept, and nothing unprintable. */
function malformedPath(target: string): string {
  if (!target.startsWith('/')) return '(no path)';
  return toPrintable(target.split('?', 1)[0] ?? '').slice(0, 512);
}

function callerFacts({ caller }: RequestRecord) {
  const principal = caller?.principal;
  return {
    principal: principal ? { ...ownerOf(principal), roles: principal.roles } : null,
    actors: principal ? actorsOf(principal).map(({ realm, subject, roles }) => ({ realm, subject, roles })) : [],
    authenticatedBy: caller?.method ?? null,
  };
}

function outcomeFacts(record: RequestRecord, status: number, event: AuditEvent['event']) {
  const { error, incoming } = record;
  const code: ErrorCode | null = error === undefined ? null : error instanceof RequestError ? error.code : 'INTERNAL';
  const left = incoming.signal.aborted && error !== undefined && event !== 'use-refused' && event !== 'run-ended';
  return {
    outcome: left ? 'aborted' : outcomeOf(error, status),
    status,
    code,
    reason: reasonOf(error) ?? record.reason ?? null,
    policyId: record.policyId ?? null,
    detail: record.detail ?? deliveryOf(record) ?? credentialOf(record),
  } as const;
}

/** Which delivery it was, where a service has signed one. */
function deliveryOf({ caller }: RequestRecord): JsonObject | null {
  const delivery = caller?.delivery;
  return delivery === undefined ? null : { webhook: delivery.hook, delivery: delivery.label };
}

/** Longer ones are nobody's that matters: ids of sessions, keys and tokens are short. */
const longestId = 255;

/**
 * By which session, key or token, where somebody has several: what one that has leaked was used for can be read from the trail. Their ids are
 * not secret. Of what a limit refuses, one row counts all that somebody sent.
 */
function credentialOf({ caller, error }: RequestRecord): JsonObject | null {
  if (error instanceof RequestError && error.code === 'RATE_LIMIT_EXCEEDED') return null;
  const { sessionId, credentialId } = caller?.evidence ?? {};
  const kept = (id: string) => toPrintable(id).slice(0, longestId);
  if (sessionId !== undefined) return { session: kept(sessionId) };
  return credentialId === undefined ? null : { credential: kept(credentialId) };
}

/** A stream that fails has answered 200 long before: then its error says more than its status. */
function outcomeOf(error: unknown, status: number): AuditEvent['outcome'] {
  const told = error === undefined ? status : error instanceof RequestError ? error.status : 500;
  return told < 400 ? 'allowed' : told < 500 ? 'refused' : 'failed';
}

function reasonOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (error instanceof RequestError) return error.reason ?? error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error was thrown';
}

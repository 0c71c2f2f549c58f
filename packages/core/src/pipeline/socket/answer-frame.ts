import { randomUUID } from 'node:crypto';
import { allRoutes, type Route, type RouteName } from '@agentflow/protocol';
import { ClientLeftError, type RequestError } from '../../errors.js';
import { type RequestRecord, writeAuditEvent } from '../audit/audit.js';
import { reportFault } from '../audit/report-fault.js';
import { admit } from '../authenticate/admit.js';
import { type AnsweringParts, authorizeAndHandle } from '../authorize-and-handle.js';
import type { Outcome } from '../handle/outcome.js';
import { authenticateAgain, type Presented } from '../lease/access-lease.js';
import type { Authority } from '../lease/authority.js';
import type { Caller, RequestView } from '../request.js';
import type { SocketConnection } from './connection.js';
import type { ClientFrame } from './read-frame.js';
import { errorText, toKnownError } from './socket-texts.js';

export interface FrameParts extends Omit<AnsweringParts, 'authorize'> {
  readonly presented: Presented;
  /** Of the socket. */
  readonly socket: RequestRecord;
  readonly connection: SocketConnection;
}

/** Of one frame: a request of its own, on a socket. */
export interface FrameRequest {
  readonly record: RequestRecord;
  readonly request: RequestView;
  /** Ends it for everybody: the right to the socket has ended, or the server. */
  readonly end: (reason: Error) => void;
  /** Nobody is there to be answered. */
  readonly leave: () => void;
}

/** A frame is what it asks for: that route is asked about, under a request id of its own. */
export function beginFrame(kind: ClientFrame['kind'] | 'bad', route: Route, parts: FrameParts): FrameRequest {
  const { presented, socket, audit } = parts;
  const left = new AbortController();
  const ended = new AbortController();
  const signals = { signal: AbortSignal.any([left.signal, ended.signal]), serverEnd: ended.signal };
  const id = randomUUID();
  const match = { kind: 'found', route, parameters: {} } as const;
  const { offer: _offer, ...standing } = presented.request;
  const request: RequestView = { ...standing, id, match, ...signals };
  const record: RequestRecord = {
    ...{ id, request, incoming: { ...socket.incoming, ...signals }, client: socket.client },
    ...{ startedAt: audit.clock.now(), caller: presented.caller, detail: { socket: socket.id, frame: kind } },
  };
  return {
    ...{ record, request },
    end: (reason) => ended.abort(reason),
    leave: () => left.abort(new ClientLeftError()),
  };
}

/**
 * Authenticates, authorizes and handles a frame by what is in force by now, which is held until `use` has ended.
 * @throws {RequestError} and whatever the handler throws
 */
export async function answerFrame<T>(
  { record, request }: FrameRequest,
  body: Readonly<Record<string, unknown>>,
  parts: FrameParts,
  use: (outcome: Outcome) => Promise<T>,
): Promise<T> {
  const { presented, inForce } = parts;
  const held = inForce.hold();
  const { authority } = held;
  try {
    const before = presented.request;
    const caller = await authenticateAgain(request, presented.caller, authority);
    if (presented.request === before) presented.caller = caller;
    record.caller = caller;
    await limitFrame({ record, request }, caller, authority);
    await admit(caller, record, parts.audit);
    const { match } = request;
    if (match.kind !== 'found') throw new Error('a frame leads to no route');
    const located = { route: match.route, parameters: {} };
    const asked = { request, located, presented, body };
    return await use(await authorizeAndHandle(asked, record, { ...parts, authorize: authority.authorize }));
  } finally {
    held.release();
  }
}

/** A frame that starts a run is a request like any other. To ask for its end is always allowed. */
async function limitFrame(
  { record, request }: Pick<FrameRequest, 'record' | 'request'>,
  { principal }: Caller,
  { limits, authenticate }: Authority,
): Promise<void> {
  if (limits === undefined || record.detail?.['frame'] !== 'run') return;
  const credential = await limits.presented(request, authenticate.backends, record);
  await limits.accepted(request, principal, credential, record);
}

/** Tells the client, and the trail, that a frame was refused before anything came of it. */
export function refuseFrame(record: RequestRecord, error: unknown, { connection, audit }: FrameParts): RequestError {
  const known = toKnownError(error);
  record.error = error;
  if (known.status >= 500) reportFault(error, record, audit.log);
  void connection.send(errorText(known, record.id, audit.clock));
  writeAuditEvent(record, 'request', known.status, audit);
  return known;
}

export function routeNamed(name: RouteName): Route {
  const route = allRoutes.find((one) => one.name === name);
  if (route === undefined) throw new Error(`there is no route ${name}`);
  return route;
}

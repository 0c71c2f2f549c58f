import {
  type AuditOptions,
  mayChangeAnswers,
  type RequestRecord,
  writeChange,
  writeRefusedUse,
  writeRunEnd,
} from './audit/audit.js';
import { createDifferenceTeller } from './audit/difference.js';
import type { AuthorizeOptions } from './authorize/authorize.js';
import { authorizeRoute } from './authorize/authorize-route.js';
import type { TellRefusedUse } from './authorize/authorize-use.js';
import type { Call, Handlers, PublicCall } from './handle/call.js';
import { handle } from './handle/handle.js';
import type { Outcome } from './handle/outcome.js';
import { openAccessLease, type Presented } from './lease/access-lease.js';
import type { AuthorityInForce } from './lease/authority.js';
import { shareLease } from './lease/share-lease.js';
import type { Located } from './read/locate.js';
import type { RequestView } from './request.js';

/** What somebody asks, once it is known who and where. */
export interface Asked {
  readonly request: RequestView;
  readonly located: Located;
  /** Null for a public route. What goes on is asked about again with what stands there by then. */
  readonly presented: Presented | null;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface AnsweringParts {
  readonly authorize: AuthorizeOptions;
  readonly handlers: Handlers;
  readonly inForce: AuthorityInForce;
  /** How old may be, at most, what a run or a stream that goes on was last allowed by. */
  readonly recheckMilliseconds: number;
  readonly audit: AuditOptions;
}

/**
 * Authorize and handle: the same for a request and for a frame on an open socket.
 * @throws {RequestError} and whatever the handler throws
 */
export async function authorizeAndHandle(asked: Asked, record: RequestRecord, parts: AnsweringParts): Promise<Outcome> {
  const { request, located, presented, body } = asked;
  const { inForce, recheckMilliseconds, audit } = parts;
  const isShadowed = parts.authorize.backends.some(({ shadow }) => shadow !== undefined);
  const authorize = isShadowed
    ? { ...parts.authorize, tellDifference: createDifferenceTeller(record, audit) }
    : parts.authorize;
  const caller = presented?.caller ?? null;
  const named = await authorizeRoute({ request, located, caller, body }, authorize, record);
  const tellRefusedUse: TellRefusedUse = (refused) => writeRefusedUse(record, refused, audit);
  const recordChange: Call['recordChange'] = (event, detail) => {
    writeChange(record, event, detail, audit);
    if (mayChangeAnswers(event)) inForce.changed();
  };
  const openLease = shareLease(() => {
    const { access } = record;
    if (presented === null || access === undefined) throw new Error(`${located.route.name} was not decided about`);
    return openAccessLease({ presented, access, inForce, recheckMilliseconds, log: audit.log });
  });
  const recordRunEnd: Call['recordRunEnd'] = (error) => writeRunEnd(record, error, audit);
  const recordPrincipal: PublicCall['recordPrincipal'] = (principal, method) => {
    record.caller = { principal, method, evidence: {} };
  };
  const given = { ...asked, named, inForce };
  const authorized = { ...given, openLease, tellRefusedUse, recordChange, recordPrincipal, recordRunEnd };
  return handle(authorized, parts.handlers, authorize);
}

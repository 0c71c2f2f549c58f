import type { RequestRecord } from '../audit/audit.js';
import type { Located } from '../receive/locate.js';
import type { Caller, RequestView } from '../request.js';
import { type AuthorizeOptions, decide, decideSelf, enforceDecision } from './authorize.js';
import { readThreadId } from './thread-id.js';

export interface RouteAccess {
  readonly request: RequestView;
  readonly located: Located;
  /** Null for a public route. */
  readonly caller: Caller | null;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Third stage: whether the caller may use this route on this thread. Returns the thread id that it decided about, which
 * is the one that the handler gets.
 * @throws {AccessDeniedError} {@link BadRequestError} {@link ValidationError} {@link UnavailableError}
 */
export async function authorizeRoute(
  { request, located, caller, body }: RouteAccess,
  options: AuthorizeOptions,
  record: RequestRecord,
): Promise<string | undefined> {
  const { route } = located;
  if ('public' in route || caller === null) return undefined;
  const { resource, action, id } = route.requires;
  const threadId = readThreadId(located, id, body);
  const access = { resource, action, resourceId: id === undefined ? undefined : threadId };
  record.access = access;
  const decision = 'self' in route ? decideSelf(caller, access) : await decide(request, caller, access, options);
  record.reason = decision.reason;
  record.policyId = decision.policyId;
  enforceDecision(decision, access, options.authentication);
  return threadId;
}

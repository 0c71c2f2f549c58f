import type { Filter } from '../../filter.js';
import type { RequestRecord } from '../audit/audit.js';
import type { Located } from '../read/locate.js';
import type { Caller, RequestView } from '../request.js';
import { type AuthorizeOptions, decide, decideSelf, enforceDecision } from './authorize.js';
import { reachRevision } from './reach-revision.js';
import { type NamedResources, readResourceIds } from './resource-id.js';

export interface RouteAccess {
  readonly request: RequestView;
  readonly located: Located;
  /** Null for a public route. */
  readonly caller: Caller | null;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** What was decided, and about what. */
export interface Authorization extends NamedResources {
  /** Which of all that there are; undefined where it is all of them, or the route is about one. */
  readonly filter: Filter | undefined;
}

/**
 * Authorize: whether the caller may use this route on this resource. Returns the ids that it decided about, which are
 * those that the handler gets.
 * @throws {AccessDeniedError} {@link BadRequestError} {@link ValidationError} {@link UnavailableError}
 */
export async function authorizeRoute(
  { request, located, caller, body }: RouteAccess,
  options: AuthorizeOptions,
  record: RequestRecord,
): Promise<Authorization> {
  const { route } = located;
  if ('public' in route) return { threadId: undefined, resourceId: undefined, filter: undefined };
  if (caller === null) throw new Error(`${route.name} is not public, and nobody was authenticated`);
  const { resource, action, id, many } = route.requires;
  const named = readResourceIds(located, id, body);
  const access = { resource, action, resourceId: named.resourceId, many };
  record.access = access;
  await reachRevision(request, options.backends);
  const decision =
    'self' in route ? decideSelf(caller, access, options) : await decide(request, caller, access, options);
  record.reason = decision.reason;
  record.policyId = decision.policyId;
  enforceDecision(decision, access, options.authentication);
  return { ...named, filter: decision.filter };
}

import type { Action, ResourceType } from '@agentflow/protocol';
import { actingPrincipals } from '../../acting-principals.js';
import { actorRefused, bothAllowed } from '../../actor-reason.js';
import { allow, type ConfiguredAuthorization, type Decision, deny } from '../../authorization-backend.js';
import type { ConfiguredAuth } from '../../base-auth.js';
import { isThenable, withDeadline } from '../../deadline.js';
import { AccessDeniedError, UnavailableError } from '../../errors.js';
import { everyFilter, type Filter, matchesFilter } from '../../filter.js';
import type { Log } from '../../log.js';
import type { Principal } from '../../principal.js';
import { userOf } from '../../user.js';
import { challengesOf } from '../authenticate/challenges.js';
import type { Caller, RequestView } from '../request.js';
import { askShadow, type TellDifference } from './ask-shadow.js';
import { toDecision } from './decision.js';
import { type ForeignScopes, scopesInclude } from './scopes.js';

export interface AuthorizeOptions {
  /** All must allow; the first that denies decides. */
  readonly backends: readonly ConfiguredAuthorization[];
  /** For the challenges of a refusal. */
  readonly authentication: readonly ConfiguredAuth[];
  /** What the scopes of an issuer with a vocabulary of its own stand for here. */
  readonly foreignScopes?: ForeignScopes | undefined;
  readonly log: Log;
  /** Of one request; absent where nobody wants to know, and then no shadow is asked. */
  readonly tellDifference?: TellDifference | undefined;
}

export interface AccessRequest {
  readonly resource: ResourceType;
  readonly action: Action;
  readonly resourceId?: string | undefined;
  /** Whether it is about all that there are: then the decision may hold for some of them. */
  readonly many?: boolean | undefined;
}

/** Whose right is asked for: the principal's, or that of an actor, who acts for another. */
interface Asker {
  readonly principal: Principal;
  readonly actsFor?: Principal;
}

/**
 * Decides one access request: scopes of the credential ∩ what the principal may ∩ what whoever acts for it may. Who acted before is
 * "informational only" (RFC 8693 §4.1).
 * @throws {UnavailableError} if a backend throws, hangs or answers nonsense
 */
export async function decide(
  request: RequestView,
  { principal }: Caller,
  access: AccessRequest,
  options: AuthorizeOptions,
): Promise<Decision> {
  if (!scopesInclude(principal.scopes, access.resource, access.action, options.foreignScopes)) {
    return deny('the scopes of the credential do not include it');
  }
  const decision = await decideFor({ principal }, request, access, options);
  const [actor] = actingPrincipals(principal);
  if (actor === undefined || decision.effect === 'deny') return decision;
  return both(decision, actor, await decideFor({ principal: actor, actsFor: principal }, request, access, options));
}

/** Every backend must allow. */
async function decideFor(
  asker: Asker,
  request: RequestView,
  access: AccessRequest,
  options: AuthorizeOptions,
): Promise<Decision> {
  let decision = deny('no authorization backend is configured');
  const filters: Filter[] = [];
  for (const configured of options.backends) {
    decision = aboutThis(await ask(configured, request, asker, access, options.log), access);
    askShadow(configured, { principal: asker.principal, access, live: decision }, options);
    if (decision.effect === 'deny') return decision;
    if (decision.filter !== undefined) filters.push(decision.filter);
  }
  return { ...decision, filter: everyFilter(filters) };
}

/** What the principal may, and the actor too. The rule that is told of is the principal's, unless the actor's refuses. */
function both(principals: Decision, actor: Principal, actors: Decision): Decision {
  if (actors.effect === 'deny') return deny(actorRefused(actor, actors.reason), actors.policyId);
  const filters = [principals.filter, actors.filter].filter((filter) => filter !== undefined);
  const reason = bothAllowed(principals.reason, actor, actors.reason);
  return { ...principals, reason, filter: everyFilter(filters) };
}

/** A decision about some of all that there are, as one about the one that is asked for. */
function aboutThis(decision: Decision, { resourceId, many }: AccessRequest): Decision {
  const { filter, policyId } = decision;
  if (filter === undefined || many === true) return decision;
  if (resourceId !== undefined && matchesFilter(filter, resourceId)) return { ...decision, filter: undefined };
  return deny(`${decision.reason}, but not this`, policyId);
}

/**
 * What a route marked `self` needs: the scopes alone. An actor too asks it about the principal, and is told what its credential says
 * already.
 */
export function decideSelf(
  caller: Caller,
  { resource, action }: AccessRequest,
  { foreignScopes }: AuthorizeOptions,
): Decision {
  return scopesInclude(caller.principal.scopes, resource, action, foreignScopes)
    ? allow('everybody may ask this about themselves')
    : deny('the scopes of the credential do not include it');
}

async function ask(
  { name, backend, deadlineMilliseconds }: ConfiguredAuthorization,
  request: RequestView,
  { principal, actsFor }: Asker,
  { resource, action, resourceId, many = false }: AccessRequest,
  log: Log,
): Promise<Decision> {
  try {
    const { address, id: requestId } = request;
    const context = Object.freeze({ principal, ...(actsFor && { actsFor }), address, requestId, many, log });
    const answer = backend.authorize(userOf(principal), resource, action, resourceId, context);
    const settled = isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, name) : answer;
    return toDecision(settled, name);
  } catch (error) {
    const what = error instanceof Error ? error.message : 'threw something that is not an Error';
    throw new UnavailableError({ reason: `authorization backend ${name}: ${what}`, cause: error });
  }
}

/**
 * Enforces a decision. The caller reads which permission is missing, never why.
 * @throws {AccessDeniedError}
 */
export function enforceDecision(decision: Decision, access: AccessRequest, backends: readonly ConfiguredAuth[]): void {
  if (decision.effect === 'allow') return;
  const permission = `${access.resource}:${access.action}`;
  throw new AccessDeniedError({
    message: `Forbidden: this needs the permission ${permission}.`,
    reason: decision.reason,
    challenges: challengesOf(backends, { error: 'insufficient_scope', scope: permission }),
  });
}

import type { Action, Challenge, ResourceType } from '@agentflow/protocol';
import { allow, type ConfiguredAuthorization, type Decision, deny } from '../../authorization-backend.js';
import type { ConfiguredAuth } from '../../base-auth.js';
import { isThenable, withDeadline } from '../../deadline.js';
import { AccessDeniedError, UnavailableError } from '../../errors.js';
import type { Log } from '../../log.js';
import { userOf } from '../../user.js';
import type { Caller, RequestView } from '../request.js';
import { toDecision } from './decision.js';
import { scopesInclude } from './scopes.js';

export interface AuthorizeOptions {
  /** All must allow; the first that denies decides. */
  readonly backends: readonly ConfiguredAuthorization[];
  /** For the challenges of a refusal. */
  readonly authentication: readonly ConfiguredAuth[];
  readonly log: Log;
}

export interface AccessRequest {
  readonly resource: ResourceType;
  readonly action: Action;
  readonly resourceId?: string | undefined;
}

/**
 * Decides one access request: scopes of the credential ∩ every backend.
 * @throws {UnavailableError} if a backend throws, hangs or answers nonsense
 */
export async function decide(
  request: RequestView,
  caller: Caller,
  access: AccessRequest,
  options: AuthorizeOptions,
): Promise<Decision> {
  if (!scopesInclude(caller.principal.scopes, access.resource, access.action)) {
    return deny('the scopes of the credential do not include it');
  }
  let decision = deny('no authorization backend is configured');
  for (const configured of options.backends) {
    decision = await ask(configured, request, caller, access, options.log);
    if (decision.effect === 'deny') break;
  }
  return decision;
}

/** What a route marked `self` needs: the scopes alone. */
export function decideSelf(caller: Caller, { resource, action }: AccessRequest): Decision {
  return scopesInclude(caller.principal.scopes, resource, action)
    ? allow('everybody may ask this about themselves')
    : deny('the scopes of the credential do not include it');
}

async function ask(
  { name, backend, deadlineMilliseconds }: ConfiguredAuthorization,
  request: RequestView,
  { principal }: Caller,
  { resource, action, resourceId }: AccessRequest,
  log: Log,
): Promise<Decision> {
  try {
    const context = Object.freeze({ principal, address: request.address, requestId: request.id, log });
    const answer = backend.authorize(userOf(principal), resource, action, resourceId, context);
    const settled = isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, name) : answer;
    return toDecision(settled, name);
  } catch (error) {
    const what = error instanceof Error ? error.message : 'threw something that is not an Error';
    throw new UnavailableError(`authorization backend ${name}: ${what}`, error);
  }
}

/**
 * Enforces a decision. The caller reads which permission is missing, never why.
 * @throws {AccessDeniedError}
 */
export function enforceDecision(decision: Decision, access: AccessRequest, backends: readonly ConfiguredAuth[]): void {
  if (decision.effect === 'allow') return;
  const permission = `${access.resource}:${access.action}`;
  const challenges = backends.map(({ backend }): Challenge => {
    const challenge = backend.challenge();
    if (challenge.scheme.toLowerCase() !== 'bearer') return challenge;
    // RFC 6750 §3.1
    return { ...challenge, parameters: { ...challenge.parameters, error: 'insufficient_scope', scope: permission } };
  });
  throw new AccessDeniedError(`Forbidden: this needs the permission ${permission}.`, decision.reason, challenges);
}

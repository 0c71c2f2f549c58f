import {
  type AuthorizationBackend,
  type AuthorizationContext,
  createPrincipal,
  type Decision,
  isThenable,
  type Log,
  localRealm,
  type Principal,
  silentLog,
  toDecision,
  type User,
  userOf,
  withDeadline,
} from '@agentflow/core';
import type { AccessCase } from './cases.js';

export type TestedAuthorization = Pick<AuthorizationBackend, 'authorize'> & Partial<AuthorizationBackend>;

/** What the server makes of an answer. `failed` is what ends as 503: a throw, a time-out, or nonsense. */
export type Verdict = Decision | { readonly effect: 'failed'; readonly error: unknown };

/** A case whose principal is made. */
export interface Access extends Pick<AccessCase, 'resource' | 'action' | 'resourceId'> {
  readonly principal: Principal;
}

export function accessOf({ user, resource, action, resourceId }: AccessCase): Access {
  const principal = createPrincipal({ realm: localRealm, ...user });
  return { principal, resource, action, ...(resourceId !== undefined && { resourceId }) };
}

/** Asks a backend as the pipeline does: one deadline, one translation of the answer. */
export function ask(backend: TestedAuthorization, access: Access, deadlineMilliseconds = 5_000): Promise<Verdict> {
  const context = Object.freeze(contextFor(access.principal, silentLog));
  return askWith(backend, access, userOf(access.principal), context, deadlineMilliseconds);
}

export function contextFor(principal: Principal, log: Log): AuthorizationContext {
  return { principal, address: '127.0.0.1', requestId: 'conformance', many: false, log };
}

/** The same with a user and a context of the caller's. */
export async function askWith(
  backend: TestedAuthorization,
  { resource, action, resourceId }: Access,
  user: User,
  context: AuthorizationContext,
  deadlineMilliseconds = 5_000,
): Promise<Verdict> {
  try {
    const answer = backend.authorize(user, resource, action, resourceId, context);
    const settled = isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, 'the backend') : answer;
    return toDecision(settled, 'the backend');
  } catch (error) {
    return { effect: 'failed', error };
  }
}

export function tell(verdict: Verdict): string {
  if (verdict.effect !== 'failed') return verdict.effect;
  const { error } = verdict;
  return `503, because it ${error instanceof Error ? `threw or answered nonsense: ${error.message}` : 'threw no Error'}`;
}

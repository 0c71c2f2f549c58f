import type { ConfiguredAuthorization, Decision, ShadowBackend } from '../../authorization-backend.js';
import { compareDecisions, type DecisionChange } from '../../compare-decisions.js';
import type { Principal } from '../../principal.js';
import { userOf } from '../../user.js';
import type { AccessRequest, AuthorizeOptions } from './authorize.js';

/** A decision of which a shadow thinks otherwise. */
export interface Difference {
  /** About whom it was decided: who asks, or who acts for them. */
  readonly principal: Principal;
  readonly access: AccessRequest;
  /** The backend that decided. */
  readonly name: string;
  readonly live: Decision;
  readonly shadow: string;
  readonly candidate: Decision;
  /** What the caller would have by the candidate. */
  readonly change: DecisionChange;
}

/** For the audit trail: each difference is an event of its own, beside that of the request. */
export type TellDifference = (difference: Difference) => void;

export type Decided = Pick<Difference, 'principal' | 'access' | 'live'>;

/** Asks the shadow of a backend, if it has one, what was just decided. Nothing that it does changes anything. */
export function askShadow(
  { name, shadow }: ConfiguredAuthorization,
  { principal, access, live }: Decided,
  { tellDifference, log }: Pick<AuthorizeOptions, 'tellDifference' | 'log'>,
): void {
  if (shadow === undefined || tellDifference === undefined) return;
  const { resource, action, resourceId, many = false } = access;
  try {
    const candidate = shadow.authorize(userOf(principal), resource, action, resourceId, { many });
    const change = compareDecisions(live, candidate);
    failing.delete(shadow);
    if (change !== undefined) tellDifference({ principal, access, name, live, shadow: shadow.name, candidate, change });
  } catch (error) {
    if (failing.has(shadow)) return;
    failing.add(shadow);
    log.error({ error, shadow: shadow.name }, 'the shadow cannot be asked: until it can, nothing is compared');
  }
}

/** Those that have thrown, and not answered since: it is told once. */
const failing = new WeakSet<ShadowBackend>();

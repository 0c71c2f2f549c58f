import { actorsOf } from './actor.js';
import { createPrincipal, type Principal } from './principal.js';

const nobody: readonly Principal[] = Object.freeze([]);
const known = new WeakMap<Principal, readonly Principal[]>();

/**
 * Those who act for a principal, each as a principal of its own in the same tenant: the current one, then who acted before it.
 * They have no claims, which are the principal's; and the scopes of the credential, because absent ones would read as no bound.
 * The same principal always gives the same list.
 */
export function actingPrincipals(principal: Principal): readonly Principal[] {
  if (principal.actor === undefined) return nobody;
  const existing = known.get(principal);
  if (existing !== undefined) return existing;
  const { tenant, scopes } = principal;
  const acting = Object.freeze(
    actorsOf(principal).map(({ realm, subject, roles }) => createPrincipal({ realm, subject, roles, tenant, scopes })),
  );
  known.set(principal, acting);
  return acting;
}

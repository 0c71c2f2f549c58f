import { actorsOf, type Principal } from '@agentflow/core';
import { EndpointError } from './fetch/endpoint-error.js';

/**
 * A token that came back as somebody's name would be kept and shown wherever names are.
 * @throws {EndpointError}
 */
export function requireOtherNames(principal: Principal, credentialId: string | undefined, token: string): void {
  if ([credentialId, ...namesIn(principal)].some((name) => name !== undefined && holdsToken(name, token)))
    throw new EndpointError('the answer repeats the token as a name');
}

/** All that goes into policies and the audit trail; claims are looked at one by one. */
function namesIn(principal: Principal): readonly string[] {
  const { subject, tenant, roles, scopes = [] } = principal;
  const ofActors = actorsOf(principal).flatMap((actor) => [actor.realm, actor.subject, ...actor.roles]);
  return [subject, tenant, ...roles, ...scopes, ...ofActors];
}

/** A token so short that it would be found in any word is looked for as a whole. */
export function holdsToken(text: string, token: string): boolean {
  return token.length < 8 ? text === token || text === JSON.stringify(token) : text.includes(token);
}

import {
  type ConfiguredAuthorization,
  createPrincipal,
  type Decision,
  localRealm,
  silentLog,
  toDecision,
  userOf,
} from '@agentflow/core';
import type { Action, ResourceType } from '@agentflow/protocol';
import type { AuthorizationConfiguration } from '../configuration/schema.js';

/** What decides, as the file has it and as it was made of that. */
export interface ChosenPolicies {
  /** Undefined where the file has none. */
  readonly written: readonly AuthorizationConfiguration[] | undefined;
  /** In the same order. */
  readonly backends: readonly ConfiguredAuthorization[];
}

export interface ChosenPolicy {
  readonly method: AuthorizationConfiguration['method'];
  readonly configured: ConfiguredAuthorization;
}

/** Those that can be asked before there is a request. What a plugin would make of somebody who does not come is not known. */
export function policiesToAsk({ written, backends }: ChosenPolicies): readonly ChosenPolicy[] {
  const all = backends.map((configured, index) => ({ method: written?.[index]?.method ?? 'ownership', configured }));
  return all.filter(({ method }) => method !== 'custom');
}

/** What a policy says of somebody of whom nothing is known but a name and roles, about any of what there is. */
export async function askAhead(
  { configured: { name, backend } }: ChosenPolicy,
  { subject, roles }: { readonly subject: string; readonly roles: readonly string[] },
  { resource, action }: { readonly resource: ResourceType; readonly action: Action },
): Promise<Decision['effect']> {
  const principal = createPrincipal({ realm: localRealm, subject, roles, claims: {} });
  const context = { principal, address: '127.0.0.1', requestId: '', many: true, log: silentLog };
  const answer = await backend.authorize(userOf(principal), resource, action, undefined, context);
  return toDecision(answer, name).effect;
}

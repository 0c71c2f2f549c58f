import type { JsonObject, JsonValue } from '@agentflow/protocol';
import {
  type AuthenticatedResult,
  type AuthenticationResult,
  authenticated,
  type ConfiguredAuth,
} from '../../base-auth.js';
import { toPrintable } from '../../control-characters.js';
import { UnavailableError } from '../../errors.js';
import { createPrincipal, ownerOf, type Principal } from '../../principal.js';
import type { RequestView } from '../request.js';
import { leastSecretLength, partRequest, presentedSecrets } from './presented-secrets.js';

export interface StripOptions {
  readonly configured: ConfiguredAuth;
  readonly request: RequestView;
  /** What the same backend answers to another request. */
  readonly ask: (request: RequestView) => Promise<AuthenticationResult>;
}

/**
 * Takes the credential out of what a backend says about its bearer (the guide's own example puts the API key into the user): claims go to
 * the graph, to its state and to its logs.
 *
 * A caller who knows what a claim says could send the same text as a cookie, so that a text is the same proves nothing. The backend is
 * asked twice more: without the text it must know nobody, and by the text alone it must know the same caller. Then only is it the
 * credential. A claim that is there without the text as well has come from elsewhere, and stays.
 * @returns the names of the claims that were dropped
 * @throws {UnavailableError} in every other case: nobody is authorized with fewer claims than the backend has vouched for
 */
export async function stripCredential(
  result: AuthenticatedResult,
  { configured, request, ask }: StripOptions,
): Promise<{ readonly result: AuthenticatedResult; readonly dropped: readonly string[] }> {
  const { principal, evidence } = result;
  const held = claimsByText(principal.claims, presentedSecrets(request, configured.backend));
  if (held.size === 0) return { result, dropped: [] };
  const texts = [...held.keys()];
  const dropped = [...new Set([...held.values()].flat())];
  const doubt = (why: string) => {
    // A name that holds the credential is not for the log either.
    const told = dropped.map((name) => JSON.stringify(texts.some((text) => isIn(text, name)) ? '[secret]' : name));
    const claims = toPrintable(told.join(', '));
    return new UnavailableError({
      reason: `authentication backend ${configured.name}: the claim ${claims} holds what the request presents, and ${why}; leave it out of the user`,
    });
  };
  const parted = partRequest(request, new Set(texts));
  if (parted === undefined) throw doubt('it stands beside something else in one field');
  const without = await ask(parted.without);
  if (without.kind === 'authenticated') {
    if (isSame(without.principal, principal) && holdsAll(without.principal.claims, held))
      return { result, dropped: [] };
    throw doubt('the caller is known without that too, and not by the same claims');
  }
  if (texts.length > 1) throw doubt('there are several such texts');
  const alone = await ask(parted.alone);
  if (alone.kind !== 'authenticated' || !isSame(alone.principal, principal)) {
    throw doubt('the caller is not known by that alone');
  }
  if (dropped.some((name) => texts.some((text) => isInName(text, name, principal.claims[name])))) {
    throw doubt('that is the name of a claim');
  }
  const claims = Object.fromEntries(Object.entries(principal.claims).filter(([name]) => !dropped.includes(name)));
  return { result: authenticated(createPrincipal({ ...principal, claims }), evidence), dropped };
}

/** The names of the claims that hold each of the texts. Texts that none holds are left out. */
function claimsByText(claims: JsonObject, texts: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const held = new Map<string, readonly string[]>();
  for (const text of texts) {
    const names = Object.keys(claims).filter((name) => isIn(text, name) || holds(claims[name], text));
    if (names.length > 0) held.set(text, names);
  }
  return held;
}

function holdsAll(claims: JsonObject, held: ReadonlyMap<string, readonly string[]>): boolean {
  const now = claimsByText(claims, new Set(held.keys()));
  return [...held].every(([text, names]) => names.every((name) => now.get(text)?.includes(name)));
}

function holds(value: JsonValue | undefined, text: string): boolean {
  if (typeof value === 'string') return isIn(text, value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => isIn(text, name) || holds(member, text));
}

function isInName(text: string, name: string, value: JsonValue | undefined): boolean {
  if (isIn(text, name)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([inner, member]) => isInName(text, inner, member));
}

function isIn(text: string, value: string): boolean {
  return text.length < leastSecretLength ? value === text : value.includes(text);
}

function isSame(one: Principal, other: Principal): boolean {
  return JSON.stringify(ownerOf(one)) === JSON.stringify(ownerOf(other));
}

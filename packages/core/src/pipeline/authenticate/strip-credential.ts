import type { JsonValue } from '@agentflow/protocol';
import { type AuthenticatedResult, authenticated } from '../../base-auth.js';
import { createPrincipal } from '../../principal.js';
import type { RequestView } from '../request.js';

/** Headers whose values are, or hold, what a caller proves itself with. */
const credentialHeader =
  /^(?:proxy-)?authorization$|api-?key|(?:^|-)key$|token|secret|credential|passw|session|signature/i;

/** Every text in the request that could be a credential. */
export function presentedSecrets(request: RequestView): ReadonlySet<string> {
  const secrets = new Set<string>();
  for (const [name, value] of request.headers) {
    if (name === 'cookie') for (const cookie of value.split(/; */)) secrets.add(cookie.slice(cookie.indexOf('=') + 1));
    else if (credentialHeader.test(name)) secrets.add(value);
  }
  if (request.credential !== null) secrets.add(request.credential.credentials);
  secrets.delete('');
  return secrets;
}

/**
 * Takes the credential out of what a backend says about its bearer (the guide's own example puts the API key into the
 * user): claims go to the graph, to its state and to its logs. Returns the names of the claims that it dropped.
 */
export function stripCredential(
  result: AuthenticatedResult,
  secrets: ReadonlySet<string>,
): { readonly result: AuthenticatedResult; readonly dropped: readonly string[] } {
  const { principal } = result;
  const dropped = Object.keys(principal.claims).filter(
    (name) => secrets.has(name) || holds(principal.claims[name], secrets),
  );
  if (dropped.length === 0) return { result, dropped };
  const claims = Object.fromEntries(Object.entries(principal.claims).filter(([name]) => !dropped.includes(name)));
  // A name that is the credential itself is not for the log either.
  const told = dropped.map((name) => (secrets.has(name) ? '[secret]' : name));
  return { result: authenticated(createPrincipal({ ...principal, claims }), result.evidence), dropped: told };
}

function holds(value: JsonValue | undefined, secrets: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return secrets.has(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => secrets.has(name) || holds(member, secrets));
}

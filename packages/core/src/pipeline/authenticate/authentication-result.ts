import { type AuthenticationResult, authenticated, isAuthenticationResult, notApplicable } from '../../base-auth.js';
import { localRealm, type Principal } from '../../principal.js';
import { defaultPrincipalFieldNames, readPrincipal } from '../../principal-fields.js';

/**
 * The one place where the answer of a user-written `authenticate` becomes one of the three answers.
 * Null, undefined and AgentFlow's `{}` mean "not mine".
 * @throws {TypeError | PrincipalFieldError} if it is none: the request then ends as 503
 */
export function toAuthenticationResult(answer: unknown): AuthenticationResult {
  if (isAuthenticationResult(answer)) return answer;
  if (answer === null || answer === undefined) return notApplicable;
  if (!isPlainObject(answer)) throw new TypeError(`answered ${describe(answer)} instead of a user or null`);
  if (Object.keys(answer).length === 0) return notApplicable;
  const principal = readPrincipal({ fields: answer, realm: localRealm, names: defaultPrincipalFieldNames });
  requireModest(principal);
  return authenticated(principal);
}

/** It goes into every run's config and every audit entry: more than this is a mistake, such as a whole row of a database. */
const maxPrincipalCharacters = 64 * 1024;

function requireModest(principal: Principal): void {
  const { length } = JSON.stringify(principal);
  if (length > maxPrincipalCharacters) {
    throw new TypeError(`answered a user of ${length} characters; at most ${maxPrincipalCharacters} are taken`);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plugin's own module may have been loaded in another realm of the same process: ask for the shape, not the identity.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object that is not plain' : `a ${typeof value}`;
}

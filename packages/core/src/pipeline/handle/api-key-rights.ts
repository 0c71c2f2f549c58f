import { AccessDeniedError } from '../../errors.js';
import { isIssuedKeyId } from '../../identity/api-key-id.js';
import { scopesWithin } from '../../identity/scope-bound.js';
import type { Call } from './call.js';

/* A key never gives more than who makes it has: whoever asks for more is refused, and nothing is quietly left out. */

/**
 * A key makes no keys, also not another of itself: whoever has found one could keep what it gives for ever. Neither does who acts for another:
 * a key of the principal alone would be more than both may together.
 * @throws {AccessDeniedError}
 */
export function requireMayMakeKeys({ caller: { principal, evidence } }: Call): void {
  if (isIssuedKeyId(evidence.credentialId)) {
    throw new AccessDeniedError({
      message: 'Forbidden: a key makes no keys. Sign in, or use a token.',
      reason: 'an issued key makes no keys',
    });
  }
  if (principal.actor !== undefined) {
    throw new AccessDeniedError({
      message: 'Forbidden: who acts for another makes no keys of theirs.',
      reason: 'the caller acts for another, and a key would be without the actor',
    });
  }
}

export function mayMakeKeys({ caller: { principal, evidence } }: Call): boolean {
  return !isIssuedKeyId(evidence.credentialId) && principal.actor === undefined;
}

/**
 * As with sessions: what somebody has made for their programs is their own business, and an agent that is made to take it away leaves them
 * without any.
 * @throws {AccessDeniedError}
 */
export function requireOwnKeys({ caller: { principal } }: Call): void {
  if (principal.actor === undefined) return;
  throw new AccessDeniedError({
    message: 'Forbidden: who acts for another neither sees nor revokes their keys.',
    reason: 'the caller acts for another, whose keys these are',
  });
}

/**
 * @param wanted undefined: all that there are
 * @throws {AccessDeniedError} if the caller's own credential does not have all of it
 */
export function requireHeldBy(
  { caller: { principal } }: Call,
  wanted: { readonly scopes: readonly string[] | undefined; readonly roles: readonly string[] | undefined },
): void {
  const role = wanted.roles?.find((one) => !principal.roles.includes(one));
  if (role !== undefined) {
    throw new AccessDeniedError({
      message: 'Forbidden: a key has no role that you do not have.',
      reason: `the caller does not have the role ${JSON.stringify(role)}`,
    });
  }
  if (!scopesWithin(wanted.scopes, principal.scopes)) {
    throw new AccessDeniedError({
      message: 'Forbidden: a key has no scope that you do not have.',
      reason: 'the key would have scopes that the credential does not have',
    });
  }
}

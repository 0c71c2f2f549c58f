import {
  type AuthenticatedResult,
  type AuthenticationResult,
  authenticated,
  type Clock,
  localRealm,
  rejected,
  type StoredUser,
} from '@agentflow/core';
import { userIdPrefix } from './issued/issue-keys.js';
import { clockToleranceMilliseconds } from './issued/verify-key.js';

/** A user of this server, by their id. */
export type FindUser = (id: string) => Promise<Pick<StoredUser, 'tenant' | 'disabledAt'> | undefined>;

/** Whether a key of the file is of a user of this server, or acts for one. */
export function isOfUsers(answer: AuthenticatedResult): boolean {
  return usersIn(answer).length > 0;
}

/**
 * Who is disabled is let in by no key of the file, and nobody acts for them, however long ago that was: the word that processes send each other
 * is forgotten one day, and is about what was issued before it. Of such a key nothing was: its users are asked for now.
 */
export async function asTheyAreNow(
  answer: AuthenticatedResult,
  { findUser, clock }: { readonly findUser: FindUser; readonly clock: Clock },
): Promise<AuthenticationResult> {
  const { principal, evidence } = answer;
  const askedAt = clock.now();
  for (const id of usersIn(answer)) {
    const user = await findUser(id);
    if (user?.tenant === principal.tenant && user.disabledAt !== undefined)
      return rejected(`the user ${id} is disabled`);
  }
  return authenticated(principal, { ...evidence, issuedAt: askedAt + clockToleranceMilliseconds });
}

function usersIn({ principal }: AuthenticatedResult): readonly string[] {
  const all = principal.actor === undefined ? [principal] : [principal, principal.actor];
  return all
    .filter(({ realm, subject }) => realm === localRealm && subject.startsWith(userIdPrefix))
    .map(({ subject }) => subject);
}

import { RateLimitedError } from '../errors.js';
import type { Attempts } from '../limits/attempts.js';
import type { Log } from '../log.js';
import type { StoredUser, UserStore } from '../stores/user-store.js';
import type { PasswordHasher } from './password-hasher.js';
import { usernameFault, usernameKey } from './username.js';

export interface PasswordProof {
  readonly username: string;
  readonly password: string;
  /** Of the client. */
  readonly address: string;
}

/** `reason` is for the operator, and `user` for the trail: a caller is told the same of every refusal. */
export type PasswordResult =
  | { readonly kind: 'proved'; readonly user: StoredUser }
  | { readonly kind: 'refused'; readonly reason: string; readonly user?: StoredUser | undefined };

/**
 * The one place where a password is tried, wherever it is sent to.
 * @throws {RateLimitedError} where too many attempts have failed
 * @throws {UnavailableError} where there are too many at once
 */
export type PasswordSignIn = (proof: PasswordProof) => Promise<PasswordResult>;

export interface PasswordSignInParts {
  readonly open: () => Promise<{ readonly users: UserStore }>;
  readonly hasher: PasswordHasher;
  readonly openAttempts: () => Promise<Attempts>;
  readonly log: Log;
}

export function createPasswordSignIn({ open, openAttempts, hasher, log }: PasswordSignInParts): PasswordSignIn {
  async function prove({ username, password }: PasswordProof): Promise<PasswordResult> {
    const { users } = await open();
    const user = usernameFault(username) === undefined ? await users.findByName(username) : undefined;
    // Whether there is such a user, and whether they may sign in, costs the same and is told to nobody.
    const isTheirs = await hasher.verify(user?.passwordHash, password);
    if (user === undefined) return { kind: 'refused', reason: 'there is no such user' };
    if (user.passwordHash === undefined) return { kind: 'refused', reason: 'the user has no password', user };
    if (!isTheirs) return { kind: 'refused', reason: 'the password is wrong', user };
    if (user.disabledAt !== undefined) return { kind: 'refused', reason: 'the user is disabled', user };
    await strengthen(users, { id: user.id, hash: user.passwordHash, password });
    return { kind: 'proved', user };
  }

  /** A stronger hash is not worth a refusal: the next time will do. */
  async function strengthen(
    users: UserStore,
    { id, hash, password }: { readonly id: string; readonly hash: string; readonly password: string },
  ): Promise<void> {
    if (!hasher.isOutdated(hash)) return;
    try {
      await users.strengthenHash(id, hash, await hasher.hash(password));
    } catch (error) {
      log.warn({ user: id, error }, 'the hash of a password could not be made anew');
    }
  }

  return async (proof) => {
    const { username, address } = proof;
    hasher.requireRoom();
    const attempts = await openAttempts();
    const attempt = await attempts.begin({ kind: 'password', account: usernameKey(username), address });
    if (!attempt.allowed) throw new RateLimitedError(attempt);
    let result: PasswordResult;
    try {
      result = await prove(proof);
    } catch (error) {
      await attempt.abandoned();
      throw error;
    }
    await (result.kind === 'proved' ? attempt.succeeded() : attempt.failed());
    return result;
  };
}

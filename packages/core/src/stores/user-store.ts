import type { TenantId } from '../principal.js';
import type { PagePosition } from './page.js';
import type { Revocation } from './revocation-store.js';

/** A person in our own table. Its principal is of the realm `local`, with the id as its subject. Times in milliseconds since the epoch. */
export interface StoredUser {
  readonly id: string;
  readonly tenant: TenantId;
  /** As it was given. There is one of each, however it is spelled: see `usernameKey`. */
  readonly username: string;
  readonly roles: readonly string[];
  /** In PHC's form; undefined where they cannot sign in with a password. */
  readonly passwordHash: string | undefined;
  readonly passwordChangedAt: number | undefined;
  /** Undefined where they are not disabled. */
  readonly disabledAt: number | undefined;
  /** Undefined before the first time. */
  readonly signedInAt: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface NewUser {
  readonly id: string;
  readonly tenant: TenantId;
  readonly username: string;
  readonly roles: readonly string[];
  readonly passwordHash: string | undefined;
}

/** What is absent stays as it is. */
export interface UserChanges {
  readonly username?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** A user as a change has left them. */
export interface ChangedUser {
  readonly user: StoredUser;
  /** The words by which is refused what was issued for them and says what holds no more. */
  readonly ended: readonly Revocation[];
}

/** The name is another user's. */
export class UsernameTakenError extends Error {
  override readonly name = 'UsernameTakenError';
}

export interface UserStore {
  /** @throws {UsernameTakenError} */
  add(user: NewUser): Promise<StoredUser>;
  /** Only where there is no user yet: undefined where there is one. Of those who try at the same time, one succeeds. */
  addFirst(user: NewUser): Promise<StoredUser | undefined>;
  find(id: string): Promise<StoredUser | undefined>;
  findByName(username: string): Promise<StoredUser | undefined>;
  /** The latest first. */
  list(page: {
    readonly tenant: TenantId | undefined;
    readonly limit: number;
    readonly after?: PagePosition | undefined;
  }): Promise<readonly StoredUser[]>;
  /**
   * Changes them. Whoever is disabled has their sessions ended; with other roles, or another name, each session is given another id. All of
   * it, and the words about it, or nothing. Undefined where there is no such user.
   * @throws {UsernameTakenError}
   */
  update(id: string, changes: UserChanges): Promise<ChangedUser | undefined>;
  /**
   * Gives another password and ends their sessions, with the words by which what those have shown is refused: all of it or nothing. These
   * words; undefined where there is no such user.
   */
  setPassword(id: string, passwordHash: string): Promise<readonly Revocation[] | undefined>;
  /**
   * Likewise, in the place of the one that was proved, and all sessions but one: only where that password is still theirs, and they are not
   * disabled, so that no other change is undone by it. Undefined where it was not put there.
   */
  changePassword(
    proved: Pick<StoredUser, 'id' | 'passwordChangedAt'>,
    passwordHash: string,
    exceptSession: string | undefined,
  ): Promise<readonly Revocation[] | undefined>;
  /** Puts a stronger hash of the same password in the place of `before`; nothing where that is not there any more. */
  strengthenHash(id: string, before: string, after: string): Promise<void>;
  /**
   * Notes that they sign in now; undefined where they are gone or disabled, or their password is another than the one that was set at
   * `passwordChangedAt`. A change of the password that is under way is waited for: it has either been made by then, or ends the session that
   * was kept before.
   */
  noteSignIn(id: string, passwordChangedAt: number | undefined): Promise<StoredUser | undefined>;
  /** False where there was none. */
  delete(id: string): Promise<boolean>;
}

import type { ThreadAccess } from '@agentflow/protocol';
import type { OwnerKey } from '../principal.js';
import type { Thread, ThreadQuery } from './thread-store.js';

/** With whom a thread is shared: a principal of the thread's tenant, or whoever has a role there. */
export type Grantee =
  | { readonly kind: 'user'; readonly realm: string; readonly subject: string }
  | { readonly kind: 'role'; readonly role: string };

/** That the owner of a thread shares it. */
export interface Grant {
  readonly grantId: string;
  readonly grantee: Grantee;
  readonly access: ThreadAccess;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Who asks for what others share: a principal, with the roles that they have now. */
export interface Asker {
  readonly owner: OwnerKey;
  readonly roles: readonly string[];
}

/** Somebody else's thread, and the most that a grant gives of it. */
export interface SharedThread {
  readonly thread: Thread;
  readonly access: ThreadAccess;
}

/** A thread has as many grants as it may have. */
export class TooManyGrantsError extends Error {
  override readonly name = 'TooManyGrantsError';
}

/**
 * Who shares which thread with whom. Grants are looked at anew with each question, so that what is taken back is gone at once, for
 * every process. None reaches over a tenant: an asker finds only threads of their own, whatever a grant says.
 */
export interface GrantStore {
  /** Those of one thread, the oldest first. */
  list(thread: Thread): Promise<readonly Grant[]>;
  /**
   * Shares the thread with somebody; where it is already, the same grant with this access. Undefined if the thread is gone.
   * @throws {TooManyGrantsError}
   */
  put(thread: Thread, grantee: Grantee, access: ThreadAccess): Promise<Grant | undefined>;
  /** What was taken back; undefined where this thread has no such grant. */
  remove(thread: Thread, grantId: string): Promise<Grant | undefined>;
  /** Somebody else's thread, by the uuid that it has inside, if it is shared with whoever asks. */
  findShared(asker: Asker, uuid: string): Promise<SharedThread | undefined>;
  /** What is shared with whoever asks, the latest first; `among` is about uuids. */
  listShared(asker: Asker, query: Omit<ThreadQuery, 'search'>): Promise<readonly SharedThread[]>;
}

/** So many may share a thread. More is a role. */
export const maxGrants = 100;

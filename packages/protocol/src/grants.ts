/** What a thread is shared for: to read what is in it, or also to speak there and to run the graph on it. */
export type ThreadAccess = 'read' | 'write';

/** That a thread is shared with somebody, as its owner reads it. To whom: `user` and `realm`, or `role`; the others are null. */
export interface GrantResource {
  readonly grant_id: string;
  /** What its owner calls the thread. */
  readonly thread_id: string;
  /** By which those whom it is shared with address it, wherever a thread id may stand. */
  readonly uuid: string;
  readonly user: string | null;
  readonly realm: string | null;
  readonly role: string | null;
  readonly access: ThreadAccess;
  /** RFC 3339 in UTC. */
  readonly created_at: string;
}

/** Every grant of one thread: there are a hundred at most. */
export interface GrantList {
  readonly thread_id: string;
  readonly uuid: string;
  readonly grants: readonly GrantResource[];
}

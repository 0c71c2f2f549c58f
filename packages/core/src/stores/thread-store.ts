import type { JsonObject } from '@agentflow/protocol';
import type { Filter } from '../filter.js';
import type { OwnerKey, TenantId } from '../principal.js';
import type { Page } from './page.js';

/** A thread as it is kept. Inside it is known by `uuid`; `threadId` is what its owner calls it. */
export interface Thread {
  readonly uuid: string;
  readonly owner: OwnerKey;
  readonly threadId: string;
  readonly name: string | null;
  readonly metadata: JsonObject;
  /** Milliseconds since the epoch, like every time here. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The latest run. */
  readonly runId: string | null;
}

export interface ThreadQuery extends Page {
  /** Part of the id or the name, without regard to case. Empty means all. */
  readonly search: string;
  /** Only these, by what their owner calls them; in a whole tenant, by their uuid. */
  readonly among?: Filter | undefined;
}

/**
 * Threads, always within one owner: there is no method that could reach another's. This is the floor under every
 * authorization backend; another owner's thread and an unused id are the same to every method.
 */
export interface ThreadStore {
  find(owner: OwnerKey, threadId: string): Promise<Thread | undefined>;
  /** Finds the thread or starts it; `created` says which, exactly once among any number of concurrent callers. */
  open(owner: OwnerKey, threadId: string): Promise<{ readonly thread: Thread; readonly created: boolean }>;
  /** The latest first. */
  list(owner: OwnerKey, query: ThreadQuery): Promise<readonly Thread[]>;
  /** Somebody's thread, by the uuid that it has inside, for those whom the configuration lets look over all of a tenant. */
  findInTenant(tenant: TenantId, uuid: string): Promise<Thread | undefined>;
  listInTenant(tenant: TenantId, query: ThreadQuery): Promise<readonly Thread[]>;
  /** Remembers the thread's latest change and, where it was one, the run. False if the thread is gone. */
  touch(thread: Thread, runId: string | null): Promise<boolean>;
  /**
   * Removes the thread and everything that hangs on it in one transaction, while this process holds its lease. False where
   * there was none.
   */
  delete(thread: Thread): Promise<boolean>;
}

import type { JsonObject } from '@agentflow/protocol';
import type { OwnerKey } from './principal.js';

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

export interface ThreadQuery {
  /** Part of the id or the name, without regard to case. Empty means all. */
  readonly search: string;
  readonly offset: number;
  readonly limit: number;
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
  /** Remembers the thread's latest change and, where it was one, the run. False if the thread is gone. */
  touch(thread: Thread, runId: string | null): Promise<boolean>;
  /** Removes the thread and everything that hangs on it in one transaction. False where there was none. */
  delete(thread: Thread): Promise<boolean>;
}

/** A lease on a thread: who holds it may change the thread's state until it runs out. */
export interface LeaseStore {
  /** True if it was free or had run out, and is now `holder`'s. */
  acquire(threadUuid: string, holder: string, ttlMilliseconds: number): Promise<boolean>;
  /** False if `holder` has lost it. */
  renew(threadUuid: string, holder: string, ttlMilliseconds: number): Promise<boolean>;
  release(threadUuid: string, holder: string): Promise<void>;
}

/** A value as its engine serialized it. */
export interface SerializedValue {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface CheckpointKey {
  readonly threadUuid: string;
  readonly namespace: string;
  readonly checkpointId: string;
}

/** A checkpoint as bytes: the store understands nothing of it but its place in the chain. */
export interface CheckpointRecord extends CheckpointKey {
  readonly parentId: string | null;
  readonly checkpoint: SerializedValue;
  readonly metadata: SerializedValue;
  /** The version of each channel at this checkpoint. */
  readonly channelVersions: Readonly<Record<string, string>>;
}

export interface ChannelValue {
  readonly channel: string;
  readonly version: string;
  readonly value: SerializedValue;
}

export interface PendingWriteRecord {
  readonly taskId: string;
  /** Negative for the engine's own writes, which replace earlier ones. */
  readonly index: number;
  readonly channel: string;
  readonly value: SerializedValue;
}

export interface StoredCheckpoint extends CheckpointRecord {
  readonly channelValues: readonly ChannelValue[];
  readonly pendingWrites: readonly PendingWriteRecord[];
}

export interface CheckpointQuery {
  readonly threadUuid?: string | undefined;
  readonly namespace?: string | undefined;
  readonly checkpointId?: string | undefined;
  /** Only checkpoints with a smaller id. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

/** The state of threads, as an engine saves it. Only the engine's own adapter reaches it. */
export interface CheckpointStore {
  /** Without `checkpointId`, the latest. */
  get(threadUuid: string, namespace: string, checkpointId?: string): Promise<StoredCheckpoint | undefined>;
  /** The latest first. */
  list(query: CheckpointQuery): Promise<readonly StoredCheckpoint[]>;
  put(record: CheckpointRecord, changedValues: readonly ChannelValue[]): Promise<void>;
  putWrites(key: CheckpointKey, writes: readonly PendingWriteRecord[]): Promise<void>;
  deleteThread(threadUuid: string): Promise<void>;
}

export interface Stores {
  readonly threads: ThreadStore;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  /** Rejects if the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

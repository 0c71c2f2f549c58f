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
  /** There is no query without: it would reach everybody's. */
  readonly threadUuid: string;
  readonly namespace?: string | undefined;
  readonly checkpointId?: string | undefined;
  /** Only checkpoints with a smaller id. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * The state of threads, as an engine saves it. Only the engine's own adapter reaches it. It is written only while this
 * process holds the thread's lease, which the database checks with the write itself.
 */
export interface CheckpointStore {
  /** Without `checkpointId`, the latest. */
  get(threadUuid: string, namespace: string, checkpointId?: string): Promise<StoredCheckpoint | undefined>;
  /** Whether the latest checkpoint has a pending write to a channel; nothing of the state is read for it. */
  hasPendingWrite(threadUuid: string, namespace: string, channel: string): Promise<boolean>;
  /** The latest first. */
  list(query: CheckpointQuery): Promise<readonly StoredCheckpoint[]>;
  put(record: CheckpointRecord, changedValues: readonly ChannelValue[]): Promise<void>;
  putWrites(key: CheckpointKey, writes: readonly PendingWriteRecord[]): Promise<void>;
  deleteState(threadUuid: string): Promise<void>;
}

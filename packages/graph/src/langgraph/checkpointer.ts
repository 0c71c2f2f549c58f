import { randomBytes } from 'node:crypto';
import type { CheckpointStore, SerializedValue, StoredCheckpoint } from '@agentflow/core';
import type { RunnableConfig } from '@langchain/core/runnables';
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  copyCheckpoint,
  getCheckpointId,
  maxChannelVersion,
  type PendingWrite,
  TASKS,
  WRITES_IDX_MAP,
} from '@langchain/langgraph-checkpoint';

/** LangGraph's saver over our checkpoint store: it serializes, the store keeps. */
export class StoreCheckpointSaver extends BaseCheckpointSaver<string> {
  readonly #store: CheckpointStore;

  constructor(store: CheckpointStore) {
    super();
    this.#store = store;
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const threadUuid = textOf(config, 'thread_id');
    if (threadUuid === undefined) return undefined;
    const checkpointId = getCheckpointId(config) || undefined;
    const stored = await this.#store.get(threadUuid, textOf(config, 'checkpoint_ns') ?? '', checkpointId);
    return stored && this.#toTuple(stored);
  }

  override async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const threadUuid = textOf(config, 'thread_id');
    // LangGraph would list all threads; from inside a node that would be everybody's.
    if (threadUuid === undefined) return;
    const { before, limit, filter } = options;
    const wanted = Object.entries(filter ?? {});
    const records = await this.#store.list({
      threadUuid,
      namespace: textOf(config, 'checkpoint_ns'),
      checkpointId: getCheckpointId(config) || undefined,
      before: before && (getCheckpointId(before) || undefined),
      // The filter looks into the metadata, which is bytes to the store: what it leaves out must not count.
      limit: wanted.length === 0 ? limit : undefined,
    });
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (const record of records) {
      if (left <= 0) return;
      const tuple = await this.#toTuple(record);
      const metadata = tuple.metadata as Readonly<Record<string, unknown>> | undefined;
      if (!wanted.every(([key, value]) => metadata?.[key] === value)) continue;
      left -= 1;
      yield tuple;
    }
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const threadUuid = requireText(config, 'thread_id');
    const namespace = textOf(config, 'checkpoint_ns') ?? '';
    const { channel_values: values, ...rest } = copyCheckpoint(checkpoint);
    const changed = await Promise.all(
      Object.entries(newVersions)
        .filter(([channel]) => Object.hasOwn(values, channel))
        .map(async ([channel, version]) => ({
          channel,
          version: String(version),
          value: await this.#dump(values[channel]),
        })),
    );
    const record = {
      threadUuid,
      namespace,
      checkpointId: checkpoint.id,
      parentId: getCheckpointId(config) || null,
      checkpoint: await this.#dump({ ...rest, channel_values: {} }),
      metadata: await this.#dump(metadata),
      channelVersions: Object.fromEntries(
        Object.entries(checkpoint.channel_versions).map(([channel, version]) => [channel, String(version)]),
      ),
    };
    await this.#store.put(record, changed);
    return { configurable: { thread_id: threadUuid, checkpoint_ns: namespace, checkpoint_id: checkpoint.id } };
  }

  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const key = {
      threadUuid: requireText(config, 'thread_id'),
      namespace: textOf(config, 'checkpoint_ns') ?? '',
      checkpointId: requireText(config, 'checkpoint_id'),
    };
    const records = await Promise.all(
      writes.map(async ([channel, value], index) => ({
        taskId,
        index: WRITES_IDX_MAP[channel] ?? index,
        channel,
        value: await this.#dump(value),
      })),
    );
    await this.#store.putWrites(key, records);
  }

  override deleteThread(threadId: string): Promise<void> {
    return this.#store.deleteState(threadId);
  }

  /**
   * Counts up, with a random end: two branches of a thread that count from the same version must not name two values alike,
   * because values are kept by their version.
   */
  override getNextVersion(current: string | undefined): string {
    const count = current === undefined ? 0 : Number.parseInt(current, 10);
    return `${String(count + 1).padStart(16, '0')}.${randomBytes(6).toString('hex')}`;
  }

  async #toTuple(stored: StoredCheckpoint): Promise<CheckpointTuple> {
    const checkpoint = (await this.#load(stored.checkpoint)) as Checkpoint;
    for (const { channel, value } of stored.channelValues) checkpoint.channel_values[channel] = await this.#load(value);
    const pendingWrites = await Promise.all(
      stored.pendingWrites.map(
        async ({ taskId, channel, value }): Promise<CheckpointPendingWrite> => [
          taskId,
          channel,
          await this.#load(value),
        ],
      ),
    );
    const place = { thread_id: stored.threadUuid, checkpoint_ns: stored.namespace };
    if (stored.parentId !== null && checkpoint.v < 4) await this.#addPendingSends(checkpoint, stored);
    return {
      config: { configurable: { ...place, checkpoint_id: stored.checkpointId } },
      checkpoint,
      metadata: (await this.#load(stored.metadata)) as CheckpointMetadata,
      pendingWrites,
      ...(stored.parentId !== null && { parentConfig: { configurable: { ...place, checkpoint_id: stored.parentId } } }),
    };
  }

  /** Before version 4 of the format, what a step sends to the next was kept with its parent's writes. */
  async #addPendingSends(checkpoint: Checkpoint, { threadUuid, namespace, parentId }: StoredCheckpoint): Promise<void> {
    const parent = parentId === null ? undefined : await this.#store.get(threadUuid, namespace, parentId);
    const sends = (parent?.pendingWrites ?? []).filter(({ channel }) => channel === TASKS);
    checkpoint.channel_values[TASKS] = await Promise.all(sends.map(({ value }) => this.#load(value)));
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  async #dump(value: unknown): Promise<SerializedValue> {
    const [type, bytes] = await this.serde.dumpsTyped(value);
    return { type, bytes };
  }

  #load({ type, bytes }: SerializedValue): Promise<unknown> {
    return this.serde.loadsTyped(type, bytes);
  }
}

function textOf(config: RunnableConfig, name: string): string | undefined {
  const value: unknown = config.configurable?.[name];
  return typeof value === 'string' ? value : undefined;
}

function requireText(config: RunnableConfig, name: string): string {
  const value = textOf(config, name);
  if (value === undefined)
    throw new Error(`a checkpoint cannot be saved without "${name}" in the config's "configurable"`);
  return value;
}

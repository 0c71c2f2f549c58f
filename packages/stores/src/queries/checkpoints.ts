import type {
  ChannelValue,
  CheckpointKey,
  CheckpointQuery,
  CheckpointRecord,
  CheckpointStore,
  Clock,
  PendingWriteRecord,
  SerializedValue,
  StoredCheckpoint,
} from '@agentflow/core';
import type { Kysely, Selectable } from 'kysely';
import type { ChannelTable, CheckpointTable, Database, PendingWriteTable } from '../schema.js';
import type { HeldLeases } from './held-leases.js';

type Row = Selectable<CheckpointTable>;

/** Checkpoints as bytes. Channel values are kept once for each version, beside the checkpoints that name them. */
export function createCheckpointStore(db: Kysely<Database>, clock: Clock, held: HeldLeases): CheckpointStore {
  /** All or nothing, and only while this process holds the thread. */
  const write = (threadUuid: string, work: (transaction: Kysely<Database>) => Promise<void>) =>
    db.transaction().execute(async (transaction) => {
      await held.require(transaction, threadUuid);
      await work(transaction);
    });

  return {
    async get(threadUuid, namespace, checkpointId) {
      const [row] = await selectCheckpoints(db, { threadUuid, namespace, checkpointId, limit: 1 });
      return row && complete(db, row);
    },
    async hasPendingWrite(threadUuid, namespace, channel) {
      const latest = db
        .selectFrom('checkpoints')
        .select((select) => select.fn.max('checkpoint_id').as('checkpoint_id'))
        .where('thread_uuid', '=', threadUuid)
        .where('namespace', '=', namespace);
      const write = await db
        .selectFrom('checkpoint_writes')
        .select('position')
        .where('thread_uuid', '=', threadUuid)
        .where('namespace', '=', namespace)
        .where('checkpoint_id', '=', latest)
        .where('channel', '=', channel)
        .limit(1)
        .executeTakeFirst();
      return write !== undefined;
    },
    async list(query) {
      const rows = await selectCheckpoints(db, query);
      return Promise.all(rows.map((row) => complete(db, row)));
    },
    put: (record, changedValues) =>
      write(record.threadUuid, (transaction) => putCheckpoint(transaction, record, changedValues, clock.now())),
    putWrites: (key, writes) =>
      write(key.threadUuid, async (transaction) => {
        for (const one of writes) await putWrite(transaction, key, one);
      }),
    deleteState: (threadUuid) => write(threadUuid, (transaction) => deleteCheckpoints(transaction, threadUuid)),
  };
}

function selectCheckpoints(
  db: Kysely<Database>,
  { threadUuid, namespace, checkpointId, before, limit }: CheckpointQuery,
): Promise<Row[]> {
  let query = db.selectFrom('checkpoints').selectAll().where('thread_uuid', '=', threadUuid);
  if (namespace !== undefined) query = query.where('namespace', '=', namespace);
  if (checkpointId !== undefined) query = query.where('checkpoint_id', '=', checkpointId);
  if (before !== undefined) query = query.where('checkpoint_id', '<', before);
  if (limit !== undefined) query = query.limit(limit);
  return query.orderBy('checkpoint_id', 'desc').execute();
}

async function complete(db: Kysely<Database>, row: Row): Promise<StoredCheckpoint> {
  const versions = JSON.parse(row.channel_versions) as Record<string, string>;
  const [channelValues, pendingWrites] = await Promise.all([readChannels(db, row, versions), readWrites(db, row)]);
  return {
    threadUuid: row.thread_uuid,
    namespace: row.namespace,
    checkpointId: row.checkpoint_id,
    parentId: row.parent_id,
    checkpoint: { type: row.checkpoint_type, bytes: row.checkpoint },
    metadata: { type: row.metadata_type, bytes: row.metadata },
    channelVersions: versions,
    channelValues,
    pendingWrites,
  };
}

async function readChannels(
  db: Kysely<Database>,
  row: Row,
  versions: Readonly<Record<string, string>>,
): Promise<ChannelValue[]> {
  const wanted = Object.entries(versions);
  if (wanted.length === 0) return [];
  const rows = await db
    .selectFrom('checkpoint_channels')
    .selectAll()
    .where('thread_uuid', '=', row.thread_uuid)
    .where('namespace', '=', row.namespace)
    .where((where) => where.or(wanted.map(([channel, version]) => where.and({ channel, version }))))
    .execute();
  return rows.map(toChannelValue);
}

async function readWrites(db: Kysely<Database>, row: Row): Promise<PendingWriteRecord[]> {
  const rows = await db
    .selectFrom('checkpoint_writes')
    .selectAll()
    .where('thread_uuid', '=', row.thread_uuid)
    .where('namespace', '=', row.namespace)
    .where('checkpoint_id', '=', row.checkpoint_id)
    .orderBy('sequence')
    .execute();
  return rows.map(toPendingWrite);
}

async function putCheckpoint(
  db: Kysely<Database>,
  record: CheckpointRecord,
  changedValues: readonly ChannelValue[],
  now: number,
): Promise<void> {
  const key = { thread_uuid: record.threadUuid, namespace: record.namespace };
  if (changedValues.length > 0) {
    await db
      .insertInto('checkpoint_channels')
      .values(changedValues.map(({ channel, version, value }) => ({ ...key, channel, version, ...toColumns(value) })))
      // A version names one value: whoever has written it first has written the same.
      .onConflict((conflict) => conflict.columns(['thread_uuid', 'namespace', 'channel', 'version']).doNothing())
      .execute();
  }
  const columns = {
    parent_id: record.parentId,
    checkpoint_type: record.checkpoint.type,
    checkpoint: record.checkpoint.bytes,
    metadata_type: record.metadata.type,
    metadata: record.metadata.bytes,
    channel_versions: JSON.stringify(record.channelVersions),
  };
  await db
    .insertInto('checkpoints')
    .values({ ...key, checkpoint_id: record.checkpointId, created_at: now, ...columns })
    .onConflict((conflict) => conflict.columns(['thread_uuid', 'namespace', 'checkpoint_id']).doUpdateSet(columns))
    .execute();
}

/** An ordinary write stays as it came first; one of the engine's own (a negative index) takes the place of the earlier. */
async function putWrite(db: Kysely<Database>, key: CheckpointKey, write: PendingWriteRecord): Promise<void> {
  const columns = { channel: write.channel, ...toColumns(write.value) };
  await db
    .insertInto('checkpoint_writes')
    .values({
      thread_uuid: key.threadUuid,
      namespace: key.namespace,
      checkpoint_id: key.checkpointId,
      task_id: write.taskId,
      position: write.index,
      ...columns,
    })
    .onConflict((conflict) => {
      const place = conflict.columns(['thread_uuid', 'namespace', 'checkpoint_id', 'task_id', 'position']);
      return write.index < 0 ? place.doUpdateSet(columns) : place.doNothing();
    })
    .execute();
}

/** Everything that the engine has saved of a thread. */
export async function deleteCheckpoints(db: Kysely<Database>, threadUuid: string): Promise<void> {
  await db.deleteFrom('checkpoints').where('thread_uuid', '=', threadUuid).execute();
  await db.deleteFrom('checkpoint_channels').where('thread_uuid', '=', threadUuid).execute();
  await db.deleteFrom('checkpoint_writes').where('thread_uuid', '=', threadUuid).execute();
}

function toColumns({ type, bytes }: SerializedValue) {
  return { type, value: bytes };
}

function toChannelValue(row: Selectable<ChannelTable>): ChannelValue {
  return { channel: row.channel, version: row.version, value: { type: row.type, bytes: row.value } };
}

function toPendingWrite(row: Selectable<PendingWriteTable>): PendingWriteRecord {
  return {
    taskId: row.task_id,
    index: row.position,
    channel: row.channel,
    value: { type: row.type, bytes: row.value },
  };
}

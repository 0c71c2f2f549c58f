import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** What an engine saves of its threads, as bytes. */
export const up =
  ({ text, bytes, counter, counterKey }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('checkpoints')
      .addColumn('thread_uuid', text, (column) => column.notNull())
      .addColumn('namespace', text, (column) => column.notNull())
      .addColumn('checkpoint_id', text, (column) => column.notNull())
      .addColumn('parent_id', text)
      .addColumn('checkpoint_type', text, (column) => column.notNull())
      .addColumn('checkpoint', bytes, (column) => column.notNull())
      .addColumn('metadata_type', text, (column) => column.notNull())
      .addColumn('metadata', bytes, (column) => column.notNull())
      .addColumn('channel_versions', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('checkpoints_key', ['thread_uuid', 'namespace', 'checkpoint_id'])
      .execute();
    await db.schema
      .createTable('checkpoint_channels')
      .addColumn('thread_uuid', text, (column) => column.notNull())
      .addColumn('namespace', text, (column) => column.notNull())
      .addColumn('channel', text, (column) => column.notNull())
      .addColumn('version', text, (column) => column.notNull())
      .addColumn('type', text, (column) => column.notNull())
      .addColumn('value', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('checkpoint_channels_key', ['thread_uuid', 'namespace', 'channel', 'version'])
      .execute();
    await db.schema
      .createTable('checkpoint_writes')
      .addColumn('sequence', counter, counterKey)
      .addColumn('thread_uuid', text, (column) => column.notNull())
      .addColumn('namespace', text, (column) => column.notNull())
      .addColumn('checkpoint_id', text, (column) => column.notNull())
      .addColumn('task_id', text, (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('channel', text, (column) => column.notNull())
      .addColumn('type', text, (column) => column.notNull())
      .addColumn('value', bytes, (column) => column.notNull())
      .addUniqueConstraint('checkpoint_writes_key', [
        'thread_uuid',
        'namespace',
        'checkpoint_id',
        'task_id',
        'position',
      ])
      .execute();
  };

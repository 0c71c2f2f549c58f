import type { Generated } from 'kysely';

/*
 * The tables, in types that every dialect has: texts, integers, bytes. Times are milliseconds since the epoch;
 * JSON is text. Whose a row is stands in the row: tenant, realm and subject.
 */

export interface ThreadTable {
  /** What the engine knows the thread by. */
  uuid: string;
  tenant: string;
  realm: string;
  subject: string;
  /** What its owner calls it. */
  thread_id: string;
  name: string | null;
  /** Id and name in small letters: databases differ in which letters they know. */
  search_text: string;
  metadata: string;
  created_at: number;
  updated_at: number;
  run_id: string | null;
}

interface LeaseTable {
  thread_uuid: string;
  holder: string;
  expires_at: number;
}

export interface CheckpointTable {
  thread_uuid: string;
  namespace: string;
  checkpoint_id: string;
  parent_id: string | null;
  checkpoint_type: string;
  checkpoint: Uint8Array;
  metadata_type: string;
  metadata: Uint8Array;
  /** JSON: the version of each channel. */
  channel_versions: string;
  created_at: number;
}

/** The values of channels, once for each version: most checkpoints change few of them. */
export interface ChannelTable {
  thread_uuid: string;
  namespace: string;
  channel: string;
  version: string;
  type: string;
  value: Uint8Array;
}

export interface PendingWriteTable {
  thread_uuid: string;
  namespace: string;
  checkpoint_id: string;
  task_id: string;
  position: number;
  channel: string;
  type: string;
  value: Uint8Array;
  /** The order in which they came. */
  sequence: Generated<number>;
}

export interface Database {
  threads: ThreadTable;
  leases: LeaseTable;
  checkpoints: CheckpointTable;
  checkpoint_channels: ChannelTable;
  checkpoint_writes: PendingWriteTable;
}

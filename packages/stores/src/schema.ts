import type { RunState } from '@agentflow/protocol';
import type { Generated } from 'kysely';
import type { ApiKeyNetworkTable, ApiKeyTable, ApiKeyUseTable } from './api-key-tables.js';
import type { RevocationTable, SessionTable, SigningKeyTable, UserTable } from './identity-tables.js';
import type { WebhookDeliveryTable } from './tables/webhook-delivery-table.js';

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

/** With whom a thread is shared. */
export interface ThreadGrantTable {
  grant_id: string;
  thread_uuid: string;
  /** Of the thread, and so of the grantee. */
  tenant: string;
  kind: 'user' | 'role';
  /** Empty for a role. */
  realm: string;
  /** The subject, or the role. */
  name: string;
  access: 'read' | 'write';
  created_at: number;
}

interface LeaseTable {
  thread_uuid: string;
  holder: string;
  expires_at: number;
  /** 1 once somebody has asked its holder to stop. */
  stop_requested: Generated<number>;
}

export interface RunTable {
  run_id: string;
  tenant: string;
  realm: string;
  subject: string;
  thread_uuid: string;
  /** What the run's owner calls the thread. */
  thread_id: string;
  /** The hold on the thread under which it runs. */
  holder: string;
  status: RunState;
  reason: string | null;
  started_at: number;
  ended_at: number | null;
}

export interface MemoryTable {
  sequence: Generated<number>;
  memory_id: string;
  tenant: string;
  realm: string;
  subject: string;
  /** Its labels, parted by periods, which no label holds; with one at the end. */
  namespace: string;
  key: string;
  value: string;
  created_at: number;
  updated_at: number;
}

/** The bytes of a file lie on disk, by its id. */
export interface FileTable {
  file_id: string;
  tenant: string;
  realm: string;
  subject: string;
  filename: string;
  mime_type: string;
  size_bytes: number;
  sha256: string;
  created_at: number;
}

/** How many bytes of files an owner has. */
interface FileUsageTable {
  tenant: string;
  realm: string;
  subject: string;
  bytes: number;
}

/** Keys that the server makes for itself. */
interface ServerKeyTable {
  purpose: string;
  key: Uint8Array;
  created_at: number;
}

export interface AuditEventTable {
  sequence: Generated<number>;
  /** RFC 3339 in UTC, so that its order is the order of time. */
  time: string;
  request_id: string;
  event: string;
  route: string | null;
  method: string;
  path: string;
  address: string;
  tenant: string | null;
  realm: string | null;
  subject: string | null;
  authenticated_by: string | null;
  resource: string | null;
  action: string | null;
  resource_id: string | null;
  outcome: string;
  status: number;
  code: string | null;
  reason: string | null;
  policy_id: string | null;
  /** A JSON list. */
  roles: string | null;
  /** A JSON list, the current actor first; null where nobody acted for the principal. */
  actors: string | null;
  /** A JSON object. */
  detail: string | null;
  duration_milliseconds: number;
  count: number;
  refusal_key: string | null;
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

export interface RemoteToolTable {
  tenant: string;
  realm: string;
  subject: string;
  /** In the order of its declaration. */
  position: number;
  node: string;
  name: string;
  description: string;
  /** JSON Schema. */
  parameters: string;
  created_at: number;
}

interface PolicyLineTable {
  id: Generated<number>;
  /** A JSON list: the section, then the values. */
  fields: string;
  /** The line in small letters. */
  search_text: string;
  /** By which a line is there once. */
  digest: string;
}

interface PolicyRevisionTable {
  revision: number;
  changed_at: number;
  /** Who changed it; null for whoever has the database at hand. */
  tenant: string | null;
  realm: string | null;
  subject: string | null;
  request_id: string | null;
  /** How many lines. */
  added: number;
  removed: number;
}

interface PolicyChangeTable {
  /** The order in which they came. */
  sequence: Generated<number>;
  revision: number;
  operation: 'add' | 'remove';
  line_id: number;
  fields: string;
}

interface TicketTable {
  ticket_hash: string;
  route: string;
  tenant: string;
  realm: string;
  subject: string;
  sealed: Uint8Array;
  expires_at: number;
}

/** Numbers that are given out in the order of their commits. */
interface TurnTable {
  name: string;
  taken: number;
}

/** Attempts to sign in with a provider that have come back. */
export interface UsedSignInTable {
  attempt_hash: string;
  expires_at: number;
}

export interface Database {
  threads: ThreadTable;
  thread_grants: ThreadGrantTable;
  leases: LeaseTable;
  runs: RunTable;
  memories: MemoryTable;
  remote_tools: RemoteToolTable;
  files: FileTable;
  file_usage: FileUsageTable;
  server_keys: ServerKeyTable;
  audit_events: AuditEventTable;
  policy_lines: PolicyLineTable;
  policy_revisions: PolicyRevisionTable;
  policy_changes: PolicyChangeTable;
  tickets: TicketTable;
  webhook_deliveries: WebhookDeliveryTable;
  users: UserTable;
  sessions: SessionTable;
  signing_keys: SigningKeyTable;
  revocations: RevocationTable;
  api_keys: ApiKeyTable;
  api_key_uses: ApiKeyUseTable;
  api_key_networks: ApiKeyNetworkTable;
  turns: TurnTable;
  used_sign_ins: UsedSignInTable;
  /** Each database's own; only the dialect knows its columns. */
  memory_texts: unknown;
  checkpoints: CheckpointTable;
  checkpoint_channels: ChannelTable;
  checkpoint_writes: PendingWriteTable;
}

import type { ApiKeyStore } from './api-key-store.js';
import type { AuditStore } from './audit-store.js';
import type { BelongingsStore } from './belongings-store.js';
import type { ChangeFeed } from './change-feed.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { DeliveryStore } from './delivery-store.js';
import type { FileStore } from './file-store.js';
import type { GrantStore } from './grant-store.js';
import type { LeaseStore } from './lease-store.js';
import type { MemoryStore } from './memory-store.js';
import type { PepperUseStore } from './pepper-use-store.js';
import type { PolicyStore } from './policy-store.js';
import type { RemoteToolStore } from './remote-tool-store.js';
import type { RevocationStore } from './revocation-store.js';
import type { RunStore } from './run-store.js';
import type { ServerKeyStore } from './server-key-store.js';
import type { SessionStore } from './session-store.js';
import type { SignInStore } from './sign-in-store.js';
import type { SigningKeyStore } from './signing-key-store.js';
import type { ThreadStore } from './thread-store.js';
import type { TicketStore } from './ticket-store.js';
import type { UserStore } from './user-store.js';

/** Everything that is kept, in one database. */
export interface Stores {
  readonly threads: ThreadStore;
  readonly grants: GrantStore;
  readonly leases: LeaseStore;
  readonly runs: RunStore;
  readonly checkpoints: CheckpointStore;
  readonly memories: MemoryStore;
  readonly remoteTools: RemoteToolStore;
  readonly files: FileStore;
  readonly serverKeys: ServerKeyStore;
  readonly audit: AuditStore;
  readonly policies: PolicyStore;
  readonly tickets: TicketStore;
  readonly deliveries: DeliveryStore;
  readonly signIns: SignInStore;
  readonly users: UserStore;
  readonly belongings: BelongingsStore;
  readonly sessions: SessionStore;
  readonly signingKeys: SigningKeyStore;
  readonly apiKeys: ApiKeyStore;
  readonly pepperUses: PepperUseStore;
  readonly revocations: RevocationStore;
  readonly changes: ChangeFeed;
  /** Rejects if the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What is kept, for who only reads it: nothing is made, and nothing changes. */
export interface ReadOnlyStores {
  readonly audit: Pick<AuditStore, 'decisions'>;
  readonly policies: Pick<PolicyStore, 'read'>;
  close(): Promise<void>;
}

import type { ReadOnlyStores, Stores } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import { createKeyEndings } from './queries/api-key-endings.js';
import { createApiKeyStore } from './queries/api-keys.js';
import { createAuditStore, readDecisions } from './queries/audit-events.js';
import { createBelongingsStore } from './queries/belongings.js';
import { createCheckpointStore } from './queries/checkpoints.js';
import { createDeliveryStore } from './queries/deliveries.js';
import { createFileStore } from './queries/files.js';
import { createGrantStore } from './queries/grants.js';
import { HeldLeases } from './queries/held-leases.js';
import { createLeaseStore } from './queries/leases.js';
import { createMemoryStore } from './queries/memories.js';
import { createPepperUseStore } from './queries/pepper-uses.js';
import { createPolicyStore, readPolicy } from './queries/policies.js';
import { createRemoteToolStore } from './queries/remote-tools.js';
import { createRevocationStore } from './queries/revocations.js';
import { createRunStore } from './queries/runs.js';
import { createServerKeyStore } from './queries/server-keys.js';
import { createSessionStore } from './queries/sessions.js';
import { createSignInStore } from './queries/sign-ins.js';
import { createSigningKeyStore } from './queries/signing-keys.js';
import { createThreadStore } from './queries/threads.js';
import { createTicketStore } from './queries/tickets.js';
import { createUserStore } from './queries/users.js';
import type { Database } from './schema.js';
import type { StoresParts } from './stores-parts.js';

/** The stores over any database of Kysely's: one set of queries. */
export function createStores({ db, watching, clock, dialect, changes }: StoresParts): Stores {
  const held = new HeldLeases();
  return {
    threads: createThreadStore(db, clock, held),
    grants: createGrantStore(db, clock),
    leases: createLeaseStore(db, clock, held),
    runs: createRunStore(db, clock),
    checkpoints: createCheckpointStore(db, clock, held),
    memories: createMemoryStore(db, clock, dialect),
    remoteTools: createRemoteToolStore(db, clock),
    files: createFileStore(db, clock),
    serverKeys: createServerKeyStore(db, clock),
    audit: createAuditStore(db),
    policies: createPolicyStore({ db, watching, clock, dialect }),
    tickets: createTicketStore(db, clock),
    deliveries: createDeliveryStore(db, clock),
    signIns: createSignInStore(db, clock),
    users: createUserStore({ db, clock, dialect }),
    belongings: createBelongingsStore(db, dialect),
    sessions: createSessionStore(db, clock),
    signingKeys: createSigningKeyStore({ db, watching }),
    apiKeys: { ...createApiKeyStore(db, clock), ...createKeyEndings({ db, clock, dialect }) },
    pepperUses: createPepperUseStore(db, clock),
    revocations: createRevocationStore({ db, watching, clock, dialect }),
    changes,
    async ping() {
      await sql`select 1`.execute(db);
    },
    async close() {
      await changes.close?.();
      await watching.destroy();
      await db.destroy();
    },
  };
}

/** For who only reads. */
export function createReadOnlyStores(db: Kysely<Database>): ReadOnlyStores {
  return {
    audit: { decisions: (wanted) => readDecisions(db, wanted) },
    policies: { read: () => readPolicy(db) },
    close: () => db.destroy(),
  };
}

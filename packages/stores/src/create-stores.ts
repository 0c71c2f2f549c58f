import type { ChangeFeed, Clock, ReadOnlyStores, Stores } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import type { DatabaseDialect } from './dialect.js';
import { createAuditStore, readDecisions } from './queries/audit-events.js';
import { createCheckpointStore } from './queries/checkpoints.js';
import { createFileStore } from './queries/files.js';
import { createGrantStore } from './queries/grants.js';
import { HeldLeases } from './queries/held-leases.js';
import { createLeaseStore } from './queries/leases.js';
import { createMemoryStore } from './queries/memories.js';
import { createPolicyStore, readPolicy } from './queries/policies.js';
import { createRemoteToolStore } from './queries/remote-tools.js';
import { createRunStore } from './queries/runs.js';
import { createServerKeyStore } from './queries/server-keys.js';
import { createThreadStore } from './queries/threads.js';
import { createTicketStore } from './queries/tickets.js';
import type { Database } from './schema.js';

/** The stores over any database of Kysely's: one set of queries. */
export function createStores(
  db: Kysely<Database>,
  clock: Clock,
  dialect: DatabaseDialect,
  changes: ChangeFeed & { close?(): Promise<void> },
): Stores {
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
    policies: createPolicyStore(db, clock, dialect),
    tickets: createTicketStore(db, clock),
    changes,
    async ping() {
      await sql`select 1`.execute(db);
    },
    async close() {
      await changes.close?.();
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

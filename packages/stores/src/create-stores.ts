import type { Clock, Stores } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import { createCheckpointStore } from './queries/checkpoints.js';
import { createLeaseStore } from './queries/leases.js';
import { createThreadStore } from './queries/threads.js';
import type { Database } from './schema.js';

/** The stores over any database of Kysely's: one set of queries. */
export function createStores(db: Kysely<Database>, clock: Clock): Stores {
  return {
    threads: createThreadStore(db, clock),
    leases: createLeaseStore(db, clock),
    checkpoints: createCheckpointStore(db, clock),
    async ping() {
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}

import type { Clock, LeaseStore } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';
import type { HeldLeases } from './held-leases.js';

/** Leases on threads. Each call is one statement, so that two processes can never both succeed. */
export function createLeaseStore(db: Kysely<Database>, clock: Clock, held: HeldLeases): LeaseStore {
  return {
    async acquire(threadUuid, holder, ttlMilliseconds) {
      const now = clock.now();
      const lease = { holder, expires_at: now + ttlMilliseconds, stop_requested: 0 };
      const result = await db
        .insertInto('leases')
        .values({ thread_uuid: threadUuid, ...lease })
        .onConflict((conflict) =>
          conflict.column('thread_uuid').doUpdateSet(lease).where('leases.expires_at', '<=', now),
        )
        .executeTakeFirstOrThrow();
      const isAcquired = (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
      if (isAcquired) held.add(threadUuid, holder);
      return isAcquired;
    },

    async renew(threadUuid, holder, ttlMilliseconds) {
      const row = await db
        .updateTable('leases')
        .set({ expires_at: clock.now() + ttlMilliseconds })
        .where('thread_uuid', '=', threadUuid)
        .where('holder', '=', holder)
        .returning('stop_requested')
        .executeTakeFirst();
      if (row === undefined) return 'lost';
      return row.stop_requested === 0 ? 'held' : 'stop-requested';
    },

    async requestStop(threadUuid) {
      const { numUpdatedRows } = await db
        .updateTable('leases')
        .set({ stop_requested: 1 })
        .where('thread_uuid', '=', threadUuid)
        .where('expires_at', '>', clock.now())
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async release(threadUuid, holder) {
      held.remove(threadUuid, holder);
      await db.deleteFrom('leases').where('thread_uuid', '=', threadUuid).where('holder', '=', holder).execute();
    },
  };
}

import type { Clock, LeaseStore } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';

/** Leases on threads. Each call is one statement, so that two processes can never both succeed. */
export function createLeaseStore(db: Kysely<Database>, clock: Clock): LeaseStore {
  return {
    async acquire(threadUuid, holder, ttlMilliseconds) {
      const now = clock.now();
      const expiresAt = now + ttlMilliseconds;
      const result = await db
        .insertInto('leases')
        .values({ thread_uuid: threadUuid, holder, expires_at: expiresAt })
        .onConflict((conflict) =>
          conflict
            .column('thread_uuid')
            .doUpdateSet({ holder, expires_at: expiresAt })
            .where('leases.expires_at', '<=', now),
        )
        .executeTakeFirstOrThrow();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },

    async renew(threadUuid, holder, ttlMilliseconds) {
      const result = await db
        .updateTable('leases')
        .set({ expires_at: clock.now() + ttlMilliseconds })
        .where('thread_uuid', '=', threadUuid)
        .where('holder', '=', holder)
        .executeTakeFirstOrThrow();
      return result.numUpdatedRows > 0n;
    },

    async release(threadUuid, holder) {
      await db.deleteFrom('leases').where('thread_uuid', '=', threadUuid).where('holder', '=', holder).execute();
    },
  };
}

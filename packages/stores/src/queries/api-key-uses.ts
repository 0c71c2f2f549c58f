import type { ApiKeyStore, Clock } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';

/** How often, when, and from where keys were used. */
export function createKeyUseStore(
  db: Kysely<Database>,
  clock: Clock,
): Pick<ApiKeyStore, 'takeUse' | 'recordUses' | 'meet'> {
  return {
    async takeUse(family, quota) {
      const { numUpdatedRows } = await db
        .updateTable('api_key_uses')
        .set({ used: sql<number>`used + 1` })
        .where('family', '=', family)
        .where('used', '<', quota)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    recordUses: (uses) =>
      db.transaction().execute(async (transaction) => {
        // In one order, so that two processes that write at once do not wait for each other.
        for (const { id, at } of uses.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
          await transaction
            .updateTable('api_keys')
            .set({ last_used_at: at })
            .where('key_id', '=', id)
            .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)]))
            .execute();
        }
      }),

    async meet(id, network, most) {
      const met = await db.selectFrom('api_key_networks').select('network').where('key_id', '=', id).execute();
      if (met.some((one) => one.network === network) || met.length >= most) {
        return { isNew: false, others: met.length };
      }
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('api_key_networks')
        .values({ key_id: id, network, met_at: clock.now() })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return { isNew: (numInsertedOrUpdatedRows ?? 0n) > 0n, others: met.length };
    },
  };
}

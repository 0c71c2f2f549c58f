import type { Clock, DeliveryClaim, DeliveryStore } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';

/** Deliveries of webhooks, each taken by one statement: of processes that have the same one at once, one has the row. */
export function createDeliveryStore(db: Kysely<Database>, clock: Clock): DeliveryStore {
  const changeOf = ({ hook, digest, holder }: DeliveryClaim, changes: { readonly held_until: number | null }) =>
    db
      .updateTable('webhook_deliveries')
      .set(changes)
      .where('hook', '=', hook)
      .where('id_digest', '=', digest)
      .where('holder', '=', holder);

  return {
    async take({ hook, digest, holder }, { holdFor, rememberFor }) {
      const now = clock.now();
      await db.deleteFrom('webhook_deliveries').where('expires_at', '<=', now).execute();
      const row = { holder, held_until: now + holdFor, expires_at: now + rememberFor };
      const taken = await db
        .insertInto('webhook_deliveries')
        .values({ hook, id_digest: digest, ...row })
        .onConflict((conflict) =>
          conflict
            .columns(['hook', 'id_digest'])
            .doUpdateSet(row)
            // Whoever had it has died: their time has run out, and they did not finish.
            .where('webhook_deliveries.held_until', '<=', now),
        )
        .returning('holder')
        .executeTakeFirst();
      if (taken !== undefined) return 'taken';
      const found = await db
        .selectFrom('webhook_deliveries')
        .select('held_until')
        .where('hook', '=', hook)
        .where('id_digest', '=', digest)
        .executeTakeFirst();
      return found !== undefined && found.held_until === null ? 'done' : 'held';
    },

    async renew(claim, holdFor) {
      await changeOf(claim, { held_until: clock.now() + holdFor })
        .where('held_until', 'is not', null)
        .execute();
    },

    async finish(claim) {
      await changeOf(claim, { held_until: null }).execute();
    },

    async release({ hook, digest, holder }) {
      await db
        .deleteFrom('webhook_deliveries')
        .where('hook', '=', hook)
        .where('id_digest', '=', digest)
        .where('holder', '=', holder)
        .execute();
    },
  };
}

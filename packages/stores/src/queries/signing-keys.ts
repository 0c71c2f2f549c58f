import type { SigningKeyStore } from '@agentflow/core';
import type { WatchedStoreParts } from '../stores-parts.js';

export function createSigningKeyStore({ db, watching }: Pick<WatchedStoreParts, 'db' | 'watching'>): SigningKeyStore {
  return {
    async list() {
      const rows = await watching.selectFrom('signing_keys').selectAll().orderBy('number').execute();
      return rows.map((row) => ({
        ...{ number: row.number, keyId: row.key_id, algorithm: row.algorithm },
        ...{ sealed: new Uint8Array(row.sealed), pepperId: row.pepper_id, createdAt: row.created_at },
      }));
    },

    async add({ number, keyId, algorithm, sealed, pepperId, createdAt }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('signing_keys')
        .values({ number, key_id: keyId, algorithm, sealed, pepper_id: pepperId, created_at: createdAt })
        .onConflict((conflict) => conflict.column('number').doNothing())
        .executeTakeFirstOrThrow();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },

    async delete(keyIds) {
      if (keyIds.length > 0) await db.deleteFrom('signing_keys').where('key_id', 'in', keyIds).execute();
    },
  };
}

import { randomBytes } from 'node:crypto';
import type { Clock, ServerKeyStore } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';

/** As long as the digest of the HMAC that they are for (RFC 2104 §3). */
const keyBytes = 32;

/** Keys that the server makes for itself. Of processes that make one at once, the first is everybody's. */
export function createServerKeyStore(db: Kysely<Database>, clock: Clock): ServerKeyStore {
  const find = (purpose: string) =>
    db.selectFrom('server_keys').select('key').where('purpose', '=', purpose).executeTakeFirst();

  return {
    async obtain(purpose) {
      const found = await find(purpose);
      if (found !== undefined) return new Uint8Array(found.key);
      await db
        .insertInto('server_keys')
        .values({ purpose, key: randomBytes(keyBytes), created_at: clock.now() })
        .onConflict((conflict) => conflict.column('purpose').doNothing())
        .execute();
      const made = await find(purpose);
      if (made === undefined) throw new Error(`the key for ${purpose} was not kept`);
      return new Uint8Array(made.key);
    },
  };
}

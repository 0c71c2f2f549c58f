import { createHash } from 'node:crypto';
import type { Clock, SignInStore } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';

/** The row itself decides: of two processes that write it, one finds it there. */
export function createSignInStore(db: Kysely<Database>, clock: Clock): SignInStore {
  return {
    async use(attempt, expiresAt) {
      await db.deleteFrom('used_sign_ins').where('expires_at', '<=', clock.now()).execute();
      const written = await db
        .insertInto('used_sign_ins')
        .values({ attempt_hash: createHash('sha256').update(attempt).digest('hex'), expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('attempt_hash').doNothing())
        .returning('attempt_hash')
        .executeTakeFirst();
      return written !== undefined;
    },
  };
}

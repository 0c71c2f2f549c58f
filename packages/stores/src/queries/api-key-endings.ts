import { type ApiKeyStore, type Revocation, revocationOfKey } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';
import type { StoresParts } from '../stores-parts.js';
import { insertKey, living, toKey } from './api-keys.js';
import { ownedBy } from './owned.js';
import { keepRevocations } from './revocations.js';

type EndingParts = Pick<StoresParts, 'db' | 'clock' | 'dialect'>;

/** Another was faster: the key is not there any more, or not as it was. */
class NothingEnded extends Error {
  override readonly name = 'NothingEnded';
}

/** How keys end before their time: the row, and the word by which every process refuses the key at once. */
export function createKeyEndings(parts: EndingParts): Pick<ApiKeyStore, 'revoke' | 'replace'> {
  const { db, clock } = parts;

  return {
    async revoke(id, whose) {
      const isWhose = 'subject' in whose ? ownedBy(whose) : sql<boolean>`tenant = ${whose.tenant}`;
      const found = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('key_id', '=', id)
        .where('revoked_at', 'is', null)
        .where(isWhose)
        .executeTakeFirst();
      if (found === undefined) return undefined;
      return endWith([revocationOfKey(toKey(found), clock.now())], parts, async (transaction) => {
        const row = await transaction
          .updateTable('api_keys')
          .set({ revoked_at: clock.now() })
          .where('key_id', '=', id)
          .where('revoked_at', 'is', null)
          .where(isWhose)
          .returningAll()
          .executeTakeFirst();
        return row && toKey(row);
      });
    },

    async replace(id, owner, endsAt, next) {
      const now = clock.now();
      // One that lives on is refused by its own time.
      const words = endsAt > now ? [] : [revocationOfKey({ id, owner }, now)];
      return endWith(words, parts, async (transaction) => {
        const old = await transaction
          .updateTable('api_keys')
          .set({
            replaced_by: next.id,
            expires_at: sql<number>`case when expires_at is null or expires_at > ${endsAt} then ${endsAt} else expires_at end`,
          })
          .where('key_id', '=', id)
          .where(ownedBy(owner))
          .where(living(clock.now()))
          .returningAll()
          .executeTakeFirst();
        return old && { old: toKey(old), next: await insertKey(transaction, next, clock.now()) };
      });
    },
  };
}

/** All of it or nothing; undefined where nothing has ended. */
async function endWith<T>(
  words: readonly Revocation[],
  parts: EndingParts,
  end: (transaction: Kysely<Database>) => Promise<T | undefined>,
): Promise<T | undefined> {
  const ending = parts.db.transaction().execute(async (transaction) => {
    // The words first, as where everything of a principal is taken back, keys included: so neither waits for a row of the other's.
    await keepRevocations(transaction, words, parts);
    const ended = await end(transaction);
    if (ended === undefined) throw new NothingEnded();
    return ended;
  });
  return ending.catch((error: unknown) => {
    if (error instanceof NothingEnded) return undefined;
    throw error;
  });
}

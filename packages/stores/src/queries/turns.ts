import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';

/**
 * Takes the next numbers of a row of their kind. Within a transaction: whoever else wants one waits until it is committed or gone.
 * @returns the last of them
 */
export async function takeTurns(
  transaction: Kysely<Database>,
  name: 'revocations' | 'first user' | 'api keys',
  count: number,
): Promise<number> {
  const { taken } = await transaction
    .updateTable('turns')
    .set({ taken: sql<number>`taken + ${sql.lit(count)}` })
    .where('name', '=', name)
    .returning('taken')
    .executeTakeFirstOrThrow();
  return taken;
}

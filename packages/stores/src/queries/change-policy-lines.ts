import type { PolicyFields, PolicyStoreChange, StoredPolicyChange, StoredPolicyLine } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';
import type { Database } from '../schema.js';
import { digestOf, toLine } from './policy-line.js';

/** Lines that one statement writes: four parameters each. */
const batchSize = 1_000;

/** A revision that changes more is not told line by line, and whoever is further behind reads everything: that is quicker. */
export const maxChangesTold = 2_000;

/** Of so many of the latest revisions it is known what they have changed. */
export const revisionsTold = 1_000;

/** Takes the revision back that was begun for it. */
export class NothingChanged extends Error {}

/** Takes it back too: the revision that it would follow is none of this database. */
export class NeverWas extends Error {}

/** One revision more, in the transaction that is given. */
export async function changeLines(
  db: Kysely<Database>,
  from: number,
  { remove, add, author }: PolicyStoreChange,
  { now, dialect }: { readonly now: number; readonly dialect: DatabaseDialect },
): Promise<StoredPolicyChange | undefined> {
  const revision = from + 1;
  // Whoever takes the number first has it; all others wait here until that is certain, and change nothing.
  const taken = await db
    .insertInto('policy_revisions')
    .values({
      ...{ revision, changed_at: now, added: 0, removed: 0, request_id: author?.requestId ?? null },
      tenant: author?.principal.tenant ?? null,
      realm: author?.principal.realm ?? null,
      subject: author?.principal.subject ?? null,
    })
    .onConflict((conflict) => conflict.column('revision').doNothing())
    .executeTakeFirstOrThrow();
  if ((taken.numInsertedOrUpdatedRows ?? 0n) === 0n) return undefined;
  // A database that was put back from a backup lacks what was changed since: nothing can be changed from there.
  if (from > 0 && !(await isThere(db, from))) throw new NeverWas();
  const removed = await removeLines(db, remove);
  const added = await addLines(db, add);
  if (removed.length + added.length === 0) throw new NothingChanged();
  await db
    .updateTable('policy_revisions')
    .set({ added: added.length, removed: removed.length })
    .where('revision', '=', revision)
    .execute();
  if (removed.length + added.length <= maxChangesTold) await tell(db, { revision, removed, added });
  await db
    .deleteFrom('policy_changes')
    .where('revision', '<=', revision - revisionsTold)
    .execute();
  await dialect.announceChange(db, 'policy');
  return { revision, removed, added };
}

async function isThere(db: Kysely<Database>, revision: number): Promise<boolean> {
  const row = await db
    .selectFrom('policy_revisions')
    .select('revision')
    .where('revision', '=', revision)
    .executeTakeFirst();
  return row !== undefined;
}

async function removeLines(db: Kysely<Database>, lines: readonly PolicyFields[]): Promise<StoredPolicyLine[]> {
  const removed: StoredPolicyLine[] = [];
  for (const batch of inBatches(lines)) {
    const rows = await db
      .deleteFrom('policy_lines')
      .where('digest', 'in', batch.map(digestOf))
      .returning(['id', 'fields'])
      .execute();
    removed.push(...rows.map(toLine));
  }
  return removed;
}

async function addLines(db: Kysely<Database>, lines: readonly PolicyFields[]): Promise<StoredPolicyLine[]> {
  const added: StoredPolicyLine[] = [];
  for (const batch of inBatches(lines)) {
    const rows = await db
      .insertInto('policy_lines')
      .values(
        batch.map((fields) => ({
          fields: JSON.stringify(fields),
          search_text: fields.join(', ').toLowerCase(),
          digest: digestOf(fields),
        })),
      )
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .returning(['id', 'fields'])
      .execute();
    added.push(...rows.map(toLine));
  }
  // In the order in which they will be read.
  return added.toSorted((one, other) => one.id - other.id);
}

async function tell(db: Kysely<Database>, { revision, removed, added }: StoredPolicyChange): Promise<void> {
  const rowsOf = (operation: 'add' | 'remove', lines: readonly StoredPolicyLine[]) =>
    lines.map(({ id, fields }) => ({ revision, operation, line_id: id, fields: JSON.stringify(fields) }));
  for (const batch of inBatches([...rowsOf('remove', removed), ...rowsOf('add', added)])) {
    await db.insertInto('policy_changes').values(batch).execute();
  }
}

function* inBatches<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += batchSize) yield all.slice(start, start + batchSize);
}

import type { PolicyStore, StoredPolicy, StoredPolicyChange, StoredPolicyLine } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';
import type { WatchedStoreParts } from '../stores-parts.js';
import { changeLines, maxChangesTold, NeverWas, NothingChanged, revisionsTold } from './change-policy-lines.js';
import { mentions } from './mentions.js';
import { toLine } from './policy-line.js';

/** Lines that one statement reads: the process goes on in between. */
const batchSize = 1_000;

/** The one policy of the database. Each of its changes is one transaction, and a revision. */
export function createPolicyStore({ db, watching, clock, dialect }: WatchedStoreParts): PolicyStore {
  return {
    changesSince: (from) => changesSince(watching, from),

    read: () => readPolicy(db),

    change: (from, change) =>
      db
        .transaction()
        .execute((transaction) => changeLines(transaction, from, change, { now: clock.now(), dialect }))
        .catch((error: unknown) => {
          if (error instanceof NothingChanged) return { revision: from, removed: [], added: [] };
          if (error instanceof NeverWas) return undefined;
          throw error;
        }),

    async find(id) {
      const row = await db.selectFrom('policy_lines').select(['id', 'fields']).where('id', '=', id).executeTakeFirst();
      return row && toLine(row);
    },

    async list({ after, limit, search }) {
      let found = db.selectFrom('policy_lines').select(['id', 'fields']).where('id', '>', after);
      if (search !== '') found = found.where(mentions(search));
      const rows = await found.orderBy('id').limit(limit).execute();
      return rows.map(toLine);
    },
  };
}

/** All lines as of one revision. */
export async function readPolicy(db: Kysely<Database>): Promise<StoredPolicy> {
  for (;;) {
    // Lines are read in parts, and others may change them meanwhile: what these changed is put right by their ids.
    let revision = await readRevision(db);
    const lines = await readLines(db);
    const changes = await changesSince(db, revision);
    if (changes === undefined) continue;
    for (const change of changes) {
      for (const { id } of change.removed) lines.delete(id);
      for (const line of change.added) lines.set(line.id, line);
      revision = change.revision;
    }
    return { revision, lines: [...lines.values()].toSorted((one, other) => one.id - other.id) };
  }
}

async function readRevision(db: Kysely<Database>): Promise<number> {
  const row = await db.selectFrom('policy_revisions').select(db.fn.max('revision').as('revision')).executeTakeFirst();
  return row?.revision ?? 0;
}

async function changesSince(db: Kysely<Database>, from: number): Promise<readonly StoredPolicyChange[] | undefined> {
  const revisions = await db
    .selectFrom('policy_revisions')
    .select(['revision', 'added', 'removed'])
    .where('revision', '>=', from)
    .orderBy('revision')
    .limit(revisionsTold + 1)
    .execute();
  // The revision to go on from is there itself, unless the database is another than it was: an older one, for instance.
  if (from > 0 && revisions.shift()?.revision !== from) return undefined;
  if (revisions.length === 0) return [];
  const told = await db
    .selectFrom('policy_changes')
    .select(['revision', 'operation', 'line_id as id', 'fields'])
    .where('revision', '>', from)
    .where('revision', '<=', revisions.at(-1)?.revision ?? from)
    .orderBy('sequence')
    .limit(maxChangesTold + 1)
    .execute();
  const all = revisions.reduce((sum, { added, removed }) => sum + added + removed, 0);
  // A gap: what is not told, or told no more, can only be read from the lines themselves.
  const isWhole = revisions.every(({ revision }, index) => revision === from + 1 + index);
  if (!isWhole || revisions.length >= revisionsTold || told.length !== all) return undefined;
  return revisions.map(({ revision }) => {
    const lines = (operation: string) =>
      told.filter((one) => one.revision === revision && one.operation === operation).map(toLine);
    return { revision, removed: lines('remove'), added: lines('add') };
  });
}

async function readLines(db: Kysely<Database>): Promise<Map<number, StoredPolicyLine>> {
  const lines = new Map<number, StoredPolicyLine>();
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('policy_lines')
      .select(['id', 'fields'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(batchSize)
      .execute();
    for (const row of rows) lines.set(row.id, toLine(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return lines;
    after = last.id;
  }
}

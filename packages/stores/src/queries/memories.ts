import { randomUUID } from 'node:crypto';
import type { Clock, Memory, MemoryQuery, MemoryStore, OwnedMemories, OwnerKey } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { type Kysely, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';
import type { Database, MemoryTable } from '../schema.js';
import { isAmong } from './is-among.js';
import { checkConditions, checkKey, checkValue, formatNamespace, parseNamespace } from './memory-values.js';
import { comesAfter, ownedBy } from './owned.js';

/** Memories, each owner's apart: whoever has an {@link OwnedMemories} can reach one owner's, and it names the whole owner. */
export function createMemoryStore(db: Kysely<Database>, clock: Clock, dialect: DatabaseDialect): MemoryStore {
  return { of: (owner) => createOwnedMemories(db, clock, dialect, owner) };
}

function createOwnedMemories(
  db: Kysely<Database>,
  clock: Clock,
  dialect: DatabaseDialect,
  owner: OwnerKey,
): OwnedMemories {
  const owned = () => db.selectFrom('memories').selectAll().where(ownedBy(owner));

  /** Deletes the rows and their words in one transaction. */
  const deleteRows = (condition: RawBuilder<SqlBool>) =>
    db.transaction().execute(async (transaction) => {
      const deleted = await transaction
        .deleteFrom('memories')
        .where(ownedBy(owner))
        .where(condition)
        .returning('sequence')
        .execute();
      await dialect.fullText.remove(
        transaction,
        deleted.map(({ sequence }) => sequence),
      );
      return deleted.length;
    });

  const inPlace = (namespace: readonly string[], key: string) =>
    sql<SqlBool>`namespace = ${formatNamespace(namespace)} and key = ${checkKey(key)}`;

  return {
    async put({ namespace, key, value, text }) {
      const now = clock.now();
      const { tenant, realm, subject } = owner;
      const place = { tenant, realm, subject, namespace: formatNamespace(namespace), key: checkKey(key) };
      const content = { value: checkValue(value), updated_at: now };
      return db.transaction().execute(async (transaction) => {
        const row = await transaction
          .insertInto('memories')
          .values({ memory_id: randomUUID(), ...place, ...content, created_at: now })
          .onConflict((conflict) =>
            conflict.columns(['tenant', 'realm', 'subject', 'namespace', 'key']).doUpdateSet(content),
          )
          .returningAll()
          .executeTakeFirstOrThrow();
        await dialect.fullText.put(transaction, row.sequence, text.replaceAll('\0', ' '));
        return toMemory(row);
      });
    },

    async get(namespace, key) {
      const row = await owned().where(inPlace(namespace, key)).executeTakeFirst();
      return row && toMemory(row);
    },

    async find(memoryId) {
      const row = await owned().where('memory_id', '=', memoryId).executeTakeFirst();
      return row && toMemory(row);
    },

    delete: async (namespace, key) => (await deleteRows(inPlace(namespace, key))) > 0,

    deleteWhere(conditions, among) {
      checkConditions(conditions);
      const all = conditions.map(dialect.jsonCondition);
      if (among !== undefined) all.push(isAmong('memory_id', among));
      return deleteRows(all.length === 0 ? sql`1 = 1` : sql`${sql.join(all, sql` and `)}`);
    },

    search: (query) => search(owned(), query, dialect),

    async listNamespaces() {
      const rows = await db
        .selectFrom('memories')
        .select('namespace')
        .distinct()
        .where(ownedBy(owner))
        .orderBy('namespace')
        .execute();
      return rows.map(({ namespace }) => parseNamespace(namespace));
    },
  };
}

type OwnedQuery = ReturnType<typeof selectAll>;
const selectAll = (db: Kysely<Database>) => db.selectFrom('memories').selectAll();

async function search(owned: OwnedQuery, query: MemoryQuery, dialect: DatabaseDialect): Promise<Memory[]> {
  const { namespacePrefix, text, conditions, minimumScore, order, offset, limit, after, among } = query;
  checkConditions(conditions);
  const words = wordsOf(text);
  if (text !== '' && words.length === 0) return [];
  let found = owned;
  if (among !== undefined) found = found.where(isAmong('memory_id', among));
  if (namespacePrefix.length > 0) found = found.where(beginsWith(formatNamespace(namespacePrefix)));
  for (const condition of conditions) found = found.where(dialect.jsonCondition(condition));
  if (after !== undefined) found = found.where(comesAfter('updated_at', 'memory_id', after));
  const page = <T extends { limit(n: number): T; offset(n: number): T }>(ordered: T) =>
    ordered.limit(limit).offset(offset);
  if (words.length === 0) {
    const rows = await page(found.orderBy('updated_at', 'desc').orderBy('memory_id', 'desc')).execute();
    return rows.map((row) => toMemory(row));
  }
  const key = dialect.fullText.key;
  const score = dialect.fullText.score(words);
  let scored = found
    .innerJoin('memory_texts', (join) => join.on(sql<SqlBool>`${key} = memories.sequence`))
    .where(dialect.fullText.matches(words))
    .select(score.as('score'));
  if (minimumScore > 0) scored = scored.where(score, '>=', minimumScore);
  if (order === 'score') scored = scored.orderBy('score', 'desc');
  const rows = await page(scored.orderBy('updated_at', 'desc').orderBy('memory_id', 'desc')).execute();
  return rows.map((row) => toMemory(row, row.score));
}

/** What nobody types by hand. */
const maxWords = 32;

function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])].slice(0, maxWords);
}

function beginsWith(prefix: string): RawBuilder<SqlBool> {
  return sql`substr(namespace, 1, length(cast(${prefix} as text))) = ${prefix}`;
}

function toMemory(row: Selectable<MemoryTable>, score?: number): Memory {
  return {
    memoryId: row.memory_id,
    namespace: parseNamespace(row.namespace),
    key: row.key,
    value: JSON.parse(row.value) as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    score,
  };
}

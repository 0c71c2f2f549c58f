import {
  type ApiKeyPage,
  type ApiKeyStore,
  type Clock,
  lastTime,
  type NewApiKey,
  type OwnerKey,
  type Revocation,
  type StoredApiKey,
  type SubjectId,
  type TenantId,
} from '@agentflow/core';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { ApiKeyTable } from '../api-key-tables.js';
import type { Database } from '../schema.js';
import { createKeyUseStore } from './api-key-uses.js';
import { comesAfter, ownedBy } from './owned.js';
import { takeTurns } from './turns.js';

/** Of a row that is nobody's; before every other in order. */
const decoyId = '';

/** So long a dead one is kept, for whoever asks what it was. */
const keptMilliseconds = 90 * 86_400_000;

/** So long one that has ended is listed with those that live, and is kept however many there are. */
const listedMilliseconds = 86_400_000;

/** For each that one may have, so many rows; and never fewer than the least. */
const rowsFactor = 5;
const leastRows = 100;

export function createApiKeyStore(db: Kysely<Database>, clock: Clock): Omit<ApiKeyStore, 'revoke' | 'replace'> {
  return {
    add: (key, maxOfOwner) =>
      db.transaction().execute(async (transaction) => {
        // Whoever else makes one waits here: what is counted is all there is.
        await takeTurns(transaction, 'api keys', 1);
        const now = clock.now();
        await removeLongDead(transaction, now - keptMilliseconds);
        const count = await countOf(transaction, key.owner, living(now));
        if (count >= maxOfOwner || !(await makeRoom(transaction, key.owner, maxOfOwner, now))) return undefined;
        return insertKey(transaction, key, now);
      }),

    hasRoom: (owner, maxOfOwner) =>
      db.transaction().execute(async (transaction) => {
        // A write first: SQLite refuses to write after what was read, where another process has written meanwhile.
        await takeTurns(transaction, 'api keys', 1);
        return makeRoom(transaction, owner, maxOfOwner, clock.now());
      }),

    async find(id) {
      const row = await db.selectFrom('api_keys').selectAll().where('key_id', '=', id).executeTakeFirst();
      return row && toKey(row);
    },

    async findOrDecoy(id) {
      // Whatever is asked for, one row is found by two looks into the index, and read.
      const row = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('key_id', 'in', [id, decoyId])
        .orderBy('key_id', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow();
      return toKey(row);
    },

    deleteOf: (owner) =>
      db.transaction().execute(async (transaction) => {
        await takeTurns(transaction, 'api keys', 1);
        await lockKeysOf(transaction, owner);
        const ended = transaction.deleteFrom('api_keys').where(ownedBy(owner));
        const rows = await ended.returning(['key_id', 'family']).execute();
        await removeTraces(transaction, rows);
        return rows.length;
      }),

    async strengthenMac(id, before, { mac, pepperId }) {
      await db
        .updateTable('api_keys')
        .set({ mac, pepper_id: pepperId })
        .where('key_id', '=', id)
        .where('mac', '=', before)
        .execute();
    },

    ...createKeyLists(db, clock),
    ...createKeyUseStore(db, clock),
  };
}

export async function insertKey(within: Kysely<Database>, key: NewApiKey, now: number): Promise<StoredApiKey> {
  const row = await within.insertInto('api_keys').values(toRow(key, now)).returningAll().executeTakeFirstOrThrow();
  await within
    .insertInto('api_key_uses')
    .values({ family: key.family, used: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return toKey(row);
}

function createKeyLists(
  db: Kysely<Database>,
  clock: Clock,
): Pick<ApiKeyStore, 'listOf' | 'listIn' | 'listAll' | 'olderThan'> {
  async function listPart(
    tenant: TenantId | undefined,
    { limit, after }: ApiKeyPage,
  ): Promise<readonly StoredApiKey[]> {
    let found = db.selectFrom('api_keys').selectAll().where('revoked_at', 'is', null);
    if (tenant !== undefined) found = found.where('tenant', '=', tenant);
    if (after !== undefined) found = found.where(comesAfter('created_at', 'key_id', after));
    const ordered = found.orderBy('created_at', 'desc').orderBy('key_id', 'desc');
    return (await ordered.limit(limit).execute()).map(toKey);
  }

  return {
    async listOf(owner) {
      const found = db.selectFrom('api_keys').selectAll().where(ownedBy(owner)).where(listed(clock.now()));
      return (await found.orderBy('created_at', 'desc').orderBy('key_id', 'desc').execute()).map(toKey);
    },

    listIn: (tenant, page) => listPart(tenant, page),

    listAll: (page) => listPart(undefined, page),

    async olderThan(createdBefore, limit) {
      const rows = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('created_at', '<=', createdBefore)
        .where(living(clock.now()))
        .orderBy('created_at')
        .limit(limit)
        .execute();
      return rows.map(toKey);
    },
  };
}

export function living(now: number) {
  return sql<boolean>`revoked_at is null and (expires_at is null or expires_at > ${now}) and replaced_by is null`;
}

function listed(now: number) {
  return sql<boolean>`revoked_at is null and (expires_at is null or expires_at > ${now - listedMilliseconds})`;
}

async function countOf(within: Kysely<Database>, owner: OwnerKey, condition = sql<boolean>`true`): Promise<number> {
  const counted = within.selectFrom('api_keys').select(sql<number | string>`count(*)`.as('count'));
  return Number((await counted.where(ownedBy(owner)).where(condition).executeTakeFirstOrThrow()).count);
}

/** Whether an owner may have one more row. Where there are too many, those that ended more than a day ago make room. */
async function makeRoom(
  transaction: Kysely<Database>,
  owner: OwnerKey,
  maxOfOwner: number,
  now: number,
): Promise<boolean> {
  const most = Math.max(leastRows, rowsFactor * maxOfOwner);
  if ((await countOf(transaction, owner)) < most) return true;
  await removeLongDead(transaction, now - listedMilliseconds, owner);
  return (await countOf(transaction, owner)) < most;
}

/**
 * Of a principal who was turned out: the keys made before that moment, for good, because the word itself is forgotten one day. Not those of our
 * own users, whose present state is asked for.
 */
export async function endKeysOf(
  transaction: Kysely<Database>,
  { owner, issuedBefore }: Extract<Revocation, { kind: 'principal' }>,
  now: number,
): Promise<void> {
  await lockKeysOf(transaction, owner);
  await transaction
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where(ownedBy(owner))
    .where('holder', '<>', 'user')
    .where('created_at', '<', issuedBefore)
    .where('revoked_at', 'is', null)
    .execute();
}

/**
 * One after another, in the order in which is written when they were used: one statement takes the rows of many in an order of its own. An
 * update that changes nothing locks a row.
 */
async function lockKeysOf(transaction: Kysely<Database>, owner: OwnerKey): Promise<void> {
  const rows = await transaction.selectFrom('api_keys').select('key_id').where(ownedBy(owner)).execute();
  for (const id of rows.map((row) => row.key_id).toSorted()) {
    await transaction.updateTable('api_keys').set({ key_id: id }).where('key_id', '=', id).execute();
  }
}

/** Everybody's, where no owner is named. */
async function removeLongDead(transaction: Kysely<Database>, before: number, owner?: OwnerKey): Promise<void> {
  let dead = transaction
    .deleteFrom('api_keys')
    .where((where) => where.or([where('revoked_at', '<=', before), where('expires_at', '<=', before)]));
  if (owner !== undefined) dead = dead.where(ownedBy(owner));
  await removeTraces(transaction, await dead.returning(['key_id', 'family']).execute());
}

/** As many names as one statement takes. */
const namesAtOnce = 1_000;

/** What was used of a quota stays as long as any key of the family. */
async function removeTraces(
  within: Kysely<Database>,
  rows: readonly Pick<Selectable<ApiKeyTable>, 'key_id' | 'family'>[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += namesAtOnce) {
    const some = rows.slice(from, from + namesAtOnce);
    const ids = some.map((row) => row.key_id);
    const families = [...new Set(some.map(({ family }) => family))];
    await within.deleteFrom('api_key_networks').where('key_id', 'in', ids).execute();
    await within
      .deleteFrom('api_key_uses')
      .where('family', 'in', families)
      .where((where) => {
        const others = where
          .selectFrom('api_keys')
          .select('key_id')
          .whereRef('api_keys.family', '=', 'api_key_uses.family');
        return where.not(where.exists(others));
      })
      .execute();
  }
}

function toRow(key: NewApiKey, now: number): Selectable<ApiKeyTable> {
  const { owner, rate } = key;
  return {
    ...{ key_id: key.id, tenant: owner.tenant, realm: owner.realm, subject: owner.subject },
    ...{ holder: key.holder, held_by: key.heldBy ?? null, name: key.name, environment: key.environment },
    ...{ family: key.family, mac: key.mac, pepper_id: key.pepperId, last4: key.last4 },
    scopes: key.scopes === undefined ? null : JSON.stringify(key.scopes),
    roles: key.roles === undefined ? null : JSON.stringify(key.roles),
    owner_roles: JSON.stringify(key.ownerRoles),
    ...{ rate_requests: rate?.requests ?? null, rate_seconds: rate?.windowSeconds ?? null, quota: key.quota ?? null },
    ...{ created_at: now, expires_at: key.expiresAt ?? null, revoked_at: null, replaced_by: null, last_used_at: null },
  };
}

export function toKey(row: Selectable<ApiKeyTable>): StoredApiKey {
  const { rate_requests: requests, rate_seconds: windowSeconds } = row;
  const owner: OwnerKey = { tenant: row.tenant as TenantId, realm: row.realm, subject: row.subject as SubjectId };
  return {
    ...{ id: row.key_id, owner, holder: row.holder, heldBy: row.held_by ?? undefined, name: row.name },
    ...{ environment: row.environment, family: row.family, mac: row.mac, pepperId: row.pepper_id, last4: row.last4 },
    scopes: toList(row.scopes),
    roles: toList(row.roles),
    ownerRoles: toList(row.owner_roles) ?? [],
    rate: requests === null || windowSeconds === null ? undefined : { requests, windowSeconds },
    quota: row.quota ?? undefined,
    createdAt: Math.min(row.created_at, lastTime),
    expiresAt: toTime(row.expires_at),
    revokedAt: toTime(row.revoked_at),
    replacedBy: row.replaced_by ?? undefined,
    lastUsedAt: toTime(row.last_used_at),
  };
}

/** One row whose time cannot be written must not keep anybody from the list of all the others. */
function toTime(value: number | null): number | undefined {
  return value === null ? undefined : Math.min(value, lastTime);
}

function toList(text: string | null): readonly string[] | undefined {
  return text === null ? undefined : (JSON.parse(text) as string[]);
}

import {
  accessTokensCountMilliseconds,
  type Clock,
  type ListedSession,
  type OwnedSession,
  type OwnerKey,
  type SessionPage,
  type SessionStore,
  type StoredSession,
  type SubjectId,
  type TenantId,
} from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { SessionTable } from '../identity-tables.js';
import type { Database } from '../schema.js';
import { comesAfter, ownedBy } from './owned.js';

/** A statement takes only so many parameters: 32,766 of SQLite, 65,535 of PostgreSQL. */
const idsAtOnce = 500;

const listedColumns = [
  ...(['session_id', 'via', 'created_at', 'last_used_at'] as const),
  ...(['idle_until', 'expires_at', 'address', 'user_agent'] as const),
] as const;

export function createSessionStore(db: Kysely<Database>, clock: Clock): SessionStore {
  return {
    async add(session) {
      const over = clock.now() - accessTokensCountMilliseconds;
      await db.deleteFrom('sessions').where('idle_until', '<=', over).execute();
      await db.insertInto('sessions').values(toRow(session)).execute();
    },

    async findFamily(familyId) {
      const row = await db.selectFrom('sessions').selectAll().where('family_id', '=', familyId).executeTakeFirst();
      return row && toSession(row);
    },

    async advance({ familyId, sessionId, generation }, { rotatedBy, idleUntil, address, userAgent }) {
      const now = clock.now();
      const row = await db
        .updateTable('sessions')
        .set({
          ...{ generation: generation + 1, rotated_at: now, rotated_by: rotatedBy, last_used_at: now },
          ...{ idle_until: sql<number>`case when expires_at < ${idleUntil} then expires_at else ${idleUntil} end` },
          ...{ address: address ?? null, user_agent: userAgent ?? null },
        })
        .where('family_id', '=', familyId)
        .where('session_id', '=', sessionId)
        .where('generation', '=', generation)
        .where('idle_until', '>', now)
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst();
      return row && toSession(row);
    },

    listIn: (tenant, page) => listPage({ db, clock }, page, tenant),
    listAll: (page) => listPage({ db, clock }, page),

    async findOwner(tenant, sessionId) {
      const row = await db
        .selectFrom('sessions')
        .select(['tenant', 'realm', 'subject'])
        .where('session_id', '=', sessionId)
        .where('tenant', '=', tenant)
        .executeTakeFirst();
      return row && toOwner(row);
    },

    async list(owner, since = clock.now()) {
      const rows = await db
        .selectFrom('sessions')
        .select(listedColumns)
        .where(ownedBy(owner))
        .where('idle_until', '>', since)
        .where('expires_at', '>', since)
        .orderBy('last_used_at', 'desc')
        .orderBy('family_id', 'desc')
        .execute();
      return rows.map(toListed);
    },

    listSurplus: (owner, room) => listSurplus(db, owner, room),
    delete: (owner, sessionIds) => deleteSessions(db, owner, sessionIds),

    async deleteFamily(familyId) {
      const row = await db
        .deleteFrom('sessions')
        .where('family_id', '=', familyId)
        .returning('session_id')
        .executeTakeFirst();
      return row?.session_id;
    },
  };
}

async function listPage(
  { db, clock }: { readonly db: Kysely<Database>; readonly clock: Clock },
  { limit, after, subject }: SessionPage,
  tenant?: TenantId,
): Promise<readonly OwnedSession[]> {
  const now = clock.now();
  let found = db
    .selectFrom('sessions')
    .select([...listedColumns, 'tenant', 'realm', 'subject'])
    .where('idle_until', '>', now)
    .where('expires_at', '>', now);
  if (tenant !== undefined) found = found.where('tenant', '=', tenant);
  if (subject !== undefined) found = found.where('subject', '=', subject);
  if (after !== undefined) found = found.where(comesAfter('created_at', 'session_id', after));
  const rows = await found.orderBy('created_at', 'desc').orderBy('session_id', 'desc').limit(limit).execute();
  return rows.map((row) => ({ ...toListed(row), owner: toOwner(row) }));
}

async function listSurplus(
  db: Kysely<Database>,
  owner: OwnerKey,
  { beside, kept }: { readonly beside: string; readonly kept: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('sessions')
    .select('session_id')
    .where(ownedBy(owner))
    .where('session_id', '!=', beside)
    .orderBy('last_used_at', 'desc')
    .orderBy('family_id', 'desc')
    // Without a limit, SQLite takes no offset.
    .limit(Number.MAX_SAFE_INTEGER)
    .offset(kept)
    .execute();
  return rows.map((row) => row.session_id);
}

async function deleteSessions(db: Kysely<Database>, owner: OwnerKey, sessionIds: readonly string[]): Promise<number> {
  let deleted = 0;
  for (let index = 0; index < sessionIds.length; index += idsAtOnce) {
    const { numDeletedRows } = await db
      .deleteFrom('sessions')
      .where(ownedBy(owner))
      .where('session_id', 'in', sessionIds.slice(index, index + idsAtOnce))
      .executeTakeFirstOrThrow();
    deleted += Number(numDeletedRows);
  }
  return deleted;
}

function toRow({ owner, ...session }: StoredSession): Selectable<SessionTable> {
  return {
    ...{ family_id: session.familyId, session_id: session.sessionId, via: session.via },
    ...{ tenant: owner.tenant, realm: owner.realm, subject: owner.subject },
    vouched: JSON.stringify(session.vouched),
    ...{ generation: session.generation, rotated_at: session.rotatedAt, rotated_by: session.rotatedBy },
    ...{ salt: session.salt, pepper_id: session.pepperId },
    ...{ created_at: session.createdAt, last_used_at: session.lastUsedAt },
    ...{ idle_until: session.idleUntil, expires_at: session.expiresAt },
    ...{ address: session.address ?? null, user_agent: session.userAgent ?? null },
  };
}

type ListedRow = Pick<Selectable<SessionTable>, (typeof listedColumns)[number]>;

function toOwner(row: Pick<Selectable<SessionTable>, 'tenant' | 'realm' | 'subject'>): OwnerKey {
  return { tenant: row.tenant as TenantId, realm: row.realm, subject: row.subject as SubjectId };
}

function toListed(row: ListedRow): ListedSession {
  return {
    ...{ sessionId: row.session_id, via: row.via, createdAt: row.created_at, lastUsedAt: row.last_used_at },
    ...{ idleUntil: row.idle_until, expiresAt: row.expires_at },
    ...{ address: row.address ?? undefined, userAgent: row.user_agent ?? undefined },
  };
}

function toSession(row: Selectable<SessionTable>): StoredSession {
  return {
    ...toListed(row),
    familyId: row.family_id,
    owner: toOwner(row),
    vouched: JSON.parse(row.vouched) as JsonObject,
    ...{ generation: row.generation, rotatedAt: row.rotated_at, rotatedBy: row.rotated_by },
    ...{ salt: new Uint8Array(row.salt), pepperId: row.pepper_id },
  };
}

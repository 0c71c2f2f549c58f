import { type NewUser, type StoredUser, UsernameTakenError, type UserStore, usernameKey } from '@agentflow/core';
import { type Kysely, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { UserTable } from '../identity-tables.js';
import type { Database } from '../schema.js';
import { changeUser, replacePassword, toUser, type UserStoreParts } from './change-user.js';
import { comesAfter } from './owned.js';
import { takeTurns } from './turns.js';
import { isUniqueViolation } from './unique-violation.js';

export function createUserStore(parts: UserStoreParts): UserStore {
  const { db, clock } = parts;
  async function insert(within: Kysely<Database>, user: NewUser): Promise<StoredUser> {
    const values = newRow(user, clock.now());
    const row = await within.insertInto('users').values(values).returningAll().executeTakeFirstOrThrow();
    return toUser(row);
  }

  return {
    add: (user) => named(user.username, () => insert(db, user)),

    addFirst: (user) =>
      db.transaction().execute(async (transaction) => {
        // Whoever else would be the first waits here, and then is not.
        await takeTurns(transaction, 'first user', 1);
        const another = await transaction.selectFrom('users').select('user_id').limit(1).executeTakeFirst();
        return another === undefined ? insert(transaction, user) : undefined;
      }),

    async find(id) {
      const row = await db.selectFrom('users').selectAll().where('user_id', '=', id).executeTakeFirst();
      return row && toUser(row);
    },

    async findByName(username) {
      const key = usernameKey(username);
      const row = await db.selectFrom('users').selectAll().where('username_key', '=', key).executeTakeFirst();
      return row && toUser(row);
    },

    async list({ tenant, limit, after }) {
      let found = db.selectFrom('users').selectAll();
      if (tenant !== undefined) found = found.where('tenant', '=', tenant);
      if (after !== undefined) found = found.where(comesAfter('created_at', 'user_id', after));
      const rows = await found.orderBy('created_at', 'desc').orderBy('user_id', 'desc').limit(limit).execute();
      return rows.map(toUser);
    },

    update: (id, changes) => named(changes.username ?? '', () => changeUser(parts, id, changes)),

    setPassword: (id, passwordHash) => replacePassword(parts, { id, passwordHash, where: sql`true` }),

    async changePassword({ id, passwordChangedAt }, passwordHash, exceptSession) {
      return replacePassword(parts, { id, passwordHash, exceptSession, where: stillProvedBy(passwordChangedAt) });
    },

    async strengthenHash(id, before, after) {
      await db
        .updateTable('users')
        .set({ password_hash: after })
        .where('user_id', '=', id)
        .where('password_hash', '=', before)
        .execute();
    },

    async noteSignIn(id, passwordChangedAt) {
      const isLetIn =
        passwordChangedAt === undefined ? sql<SqlBool>`disabled_at is null` : stillProvedBy(passwordChangedAt);
      const signingIn = db.updateTable('users').set({ signed_in_at: clock.now() }).where('user_id', '=', id);
      const row = await signingIn.where(isLetIn).returningAll().executeTakeFirst();
      return row && toUser(row);
    },

    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('users').where('user_id', '=', id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

/** Of somebody who is let in. Who has no password has proved none. */
function stillProvedBy(passwordChangedAt: number | undefined): RawBuilder<SqlBool> {
  return sql`disabled_at is null and password_changed_at = ${passwordChangedAt ?? null}`;
}

function newRow({ id, tenant, username, roles, passwordHash }: NewUser, now: number): Selectable<UserTable> {
  return {
    ...{ user_id: id, tenant, username, username_key: usernameKey(username), roles: JSON.stringify(roles) },
    ...{ password_hash: passwordHash ?? null, password_changed_at: passwordHash === undefined ? null : now },
    ...{ disabled_at: null, signed_in_at: null, created_at: now, updated_at: now },
  };
}

async function named<T>(username: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) throw new UsernameTakenError(`there is a user "${username}" already`);
    throw error;
  }
}

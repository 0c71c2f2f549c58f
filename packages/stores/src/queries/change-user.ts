import {
  accessTokensCountMilliseconds,
  type ChangedUser,
  createId,
  type OwnerKey,
  ownerOfUser,
  type Revocation,
  revocationOfOwner,
  type StoredUser,
  type TenantId,
  type UserChanges,
  usernameKey,
} from '@agentflow/core';
import { type Kysely, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { UserTable } from '../identity-tables.js';
import type { Database } from '../schema.js';
import type { StoresParts } from '../stores-parts.js';
import { ownedBy } from './owned.js';
import { keepRevocations } from './revocations.js';

export type UserStoreParts = Pick<StoresParts, 'db' | 'clock' | 'dialect'>;

/** Changes a user, together with what was issued for them and says what holds no more: all of it or nothing. */
export function changeUser(
  { db, ...parts }: UserStoreParts,
  id: string,
  changes: UserChanges,
): Promise<ChangedUser | undefined> {
  const now = parts.clock.now();
  return db.transaction().execute(async (transaction) => {
    // A write first: what is read then is what nobody else changes any more before the commit.
    const change = transaction.updateTable('users').where('user_id', '=', id).returningAll();
    const former = await change.set({ updated_at: now }).executeTakeFirst();
    if (former === undefined) return undefined;
    const row = await change.set({ ...columnsOf(changes, now), updated_at: now }).executeTakeFirstOrThrow();
    const user = toUser(row);
    const ended = await endWhatChanged(transaction, { former: toUser(former), user, changes, now });
    await keepRevocations(transaction, ended, parts);
    return { user, ended };
  });
}

function columnsOf({ username, roles, isDisabled }: UserChanges, now: number) {
  return {
    ...(username !== undefined && { username, username_key: usernameKey(username) }),
    ...(roles !== undefined && { roles: JSON.stringify(roles) }),
    ...(isDisabled !== undefined && { disabled_at: isDisabled ? now : null }),
  };
}

interface Changed {
  readonly former: StoredUser;
  readonly user: StoredUser;
  readonly changes: UserChanges;
  readonly now: number;
}

async function endWhatChanged(
  transaction: Kysely<Database>,
  { former, user, changes, now }: Changed,
): Promise<readonly Revocation[]> {
  const owner = ownerOfUser(user);
  const isTurnedOut = changes.isDisabled === true;
  const saysOther = told(former) !== told(user);
  if (!isTurnedOut && !saysOther && former.disabledAt === user.disabledAt) return [];
  const sessions = isTurnedOut
    ? await endSessions(transaction, owner, now)
    : saysOther
      ? await renameSessions(transaction, owner, now)
      : [];
  return [...sessions, revocationOfOwner(owner, now)];
}

/** What access tokens say of a user. */
function told({ username, roles }: StoredUser): string {
  return JSON.stringify([username, roles]);
}

async function endSessions(
  transaction: Kysely<Database>,
  owner: OwnerKey,
  now: number,
  exceptSession = '',
): Promise<readonly Revocation[]> {
  const ended = await transaction
    .deleteFrom('sessions')
    .where(ownedBy(owner))
    .where('session_id', '<>', exceptSession)
    .returning('session_id')
    .execute();
  return ended.map((row) => revocationOfSession(row.session_id, now));
}

/** No token that is made from now on names a session by the id that it had. */
async function renameSessions(
  transaction: Kysely<Database>,
  owner: OwnerKey,
  now: number,
): Promise<readonly Revocation[]> {
  // A write first here as well.
  const mine = transaction.updateTable('sessions').set({ via: sql`via` }).where(ownedBy(owner));
  const former = (await mine.returning('session_id').execute()).map((row) => row.session_id);
  for (const id of former) {
    const renaming = transaction.updateTable('sessions').set({ session_id: createId('ses') });
    await renaming.where('session_id', '=', id).execute();
  }
  return former.map((id) => revocationOfSession(id, now));
}

function revocationOfSession(sessionId: string, now: number): Revocation {
  return { kind: 'session', sessionId, expiresAt: now + accessTokensCountMilliseconds };
}

interface NewPassword {
  readonly id: string;
  readonly passwordHash: string;
  readonly where: RawBuilder<SqlBool>;
  readonly exceptSession?: string | undefined;
}

/** Puts a password in the place of another, and ends their sessions: all of it or nothing. */
export function replacePassword(
  { db, ...parts }: UserStoreParts,
  { id, passwordHash, where, exceptSession }: NewPassword,
): Promise<readonly Revocation[] | undefined> {
  const now = parts.clock.now();
  return db.transaction().execute(async (transaction) => {
    // The user first: whoever signs in with the former password at the same time waits for this row, and then is refused.
    const changed = await transaction
      .updateTable('users')
      .set({ password_hash: passwordHash, password_changed_at: afterFormer(now), updated_at: now })
      .where('user_id', '=', id)
      .where(where)
      .returning('tenant')
      .executeTakeFirst();
    if (changed === undefined) return undefined;
    const owner = ownerOfUser({ id, tenant: changed.tenant as TenantId });
    const words = await endSessions(transaction, owner, now, exceptSession);
    await keepRevocations(transaction, words, parts);
    return words;
  });
}

/** A time stands for one password: it is later than the former, also where a clock was put back. */
function afterFormer(now: number) {
  return sql<number>`case when password_changed_at >= ${now} then password_changed_at + 1 else ${now} end`;
}

export function toUser(row: Selectable<UserTable>): StoredUser {
  return {
    ...{ id: row.user_id, tenant: row.tenant as TenantId, username: row.username },
    roles: JSON.parse(row.roles) as string[],
    passwordHash: row.password_hash ?? undefined,
    passwordChangedAt: row.password_changed_at ?? undefined,
    disabledAt: row.disabled_at ?? undefined,
    signedInAt: row.signed_in_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

import {
  accessTokensCountMilliseconds,
  localRealm,
  type NewUser,
  type OwnerKey,
  type StoredSession,
  type Stores,
  type SubjectId,
  type TenantId,
  type UserChanges,
  UsernameTakenError,
  type UserStore,
} from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

const start = Date.parse('2026-01-01T00:00:00Z');
let now = start;
const clock = { now: () => now };

const newUser = (id: string, username: string, more: Partial<NewUser> = {}): NewUser => {
  return { id, tenant: 'default' as TenantId, username, roles: ['user'], passwordHash: '$argon2id$made-up', ...more };
};

const ownerOf = (userId: string): OwnerKey => {
  return { tenant: 'default' as TenantId, realm: localRealm, subject: userId as SubjectId };
};

const newSession = (sessionId: string, userId: string): StoredSession => {
  return {
    ...{ familyId: `family of ${sessionId}`, sessionId, owner: ownerOf(userId), vouched: {}, via: 'password' },
    ...{ generation: 0, rotatedAt: start, rotatedBy: '', salt: new Uint8Array(32), pepperId: 'p', createdAt: start },
    ...{
      lastUsedAt: start,
      idleUntil: start + 1000,
      expiresAt: start + 1000,
      address: undefined,
      userAgent: undefined,
    },
  };
};

describeOnDatabases((create, name) => {
  let database: TestDatabase;
  let stores: Stores;
  let users: UserStore;
  const sessionsOf = async (userId: string) =>
    (await stores.sessions.list(ownerOf(userId))).map(({ sessionId }) => sessionId).sort();

  beforeEach(async () => {
    now = start;
    database = await create();
    stores = await database.open(clock);
    users = stores.users;
  });
  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  test('is kept as it was given, and found by id and by name', async () => {
    const added = await users.add(newUser('u1', 'Alice', { roles: ['user', 'a "role"'] }));
    expect(added).toEqual({
      ...newUser('u1', 'Alice', { roles: ['user', 'a "role"'] }),
      ...{ disabledAt: undefined, passwordChangedAt: start, createdAt: start, updatedAt: start },
    });
    expect(await users.find('u1')).toEqual(added);
    for (const spelled of ['Alice', 'alice', 'ALICE', 'Ａｌｉｃｅ'])
      expect(await users.findByName(spelled)).toEqual(added);
    for (const other of ['alic', 'alice ', 'u1', '']) expect(await users.findByName(other)).toBeUndefined();
  });

  test('a name is one user’s, however it is spelled', async () => {
    await users.add(newUser('u1', 'alice'));
    await expect(users.add(newUser('u2', 'ALICE'))).rejects.toThrow(UsernameTakenError);
    await users.add(newUser('u2', 'bob'));
    await expect(users.update('u2', { username: 'Alice' })).rejects.toThrow(UsernameTakenError);
    expect(await users.update('u1', { username: 'ALICE' })).toMatchObject({ user: { username: 'ALICE' } });
  });

  test('a user without a password has never changed it', async () => {
    const added = await users.add(newUser('u1', 'alice', { passwordHash: undefined }));
    expect([added.passwordHash, added.passwordChangedAt]).toEqual([undefined, undefined]);
  });

  test('changes what is said and nothing else', async () => {
    await users.add(newUser('u1', 'alice'));
    now = start + 1;
    const changed = async (changes: UserChanges) => (await users.update('u1', changes))?.user;
    expect(await changed({ isDisabled: true })).toMatchObject({ disabledAt: start + 1, roles: ['user'] });
    expect(await changed({ roles: [] })).toMatchObject({ disabledAt: start + 1, roles: [] });
    expect(await changed({ isDisabled: false })).toMatchObject({ disabledAt: undefined });
    await users.setPassword('u1', 'another');
    expect(await users.find('u1')).toMatchObject({ passwordHash: 'another', passwordChangedAt: start + 1, roles: [] });
    expect(await users.update('nobody', { roles: [] })).toBeUndefined();
  });

  test('a stronger hash takes the place of the one it was made from, and of no other', async () => {
    await users.add(newUser('u1', 'alice', { passwordHash: 'weak' }));
    await users.strengthenHash('u1', 'weak', 'strong');
    expect(await users.find('u1')).toMatchObject({ passwordHash: 'strong', passwordChangedAt: start });
    await users.strengthenHash('u1', 'weak', 'stale');
    expect(await users.find('u1')).toMatchObject({ passwordHash: 'strong' });
  });

  test('another password takes the place of the one that was proved, and of no other', async () => {
    const proved = await users.add(newUser('u1', 'alice'));
    await users.add(newUser('u2', 'bob'));
    // A stronger hash is of the same password.
    await users.strengthenHash('u1', '$argon2id$made-up', 'strong');
    expect(await users.changePassword(proved, 'second', undefined)).toEqual([]);
    const second = await users.find('u1');
    expect(second).toMatchObject({ passwordHash: 'second', passwordChangedAt: start + 1 });
    // A reset, at the same time as another clock tells it.
    expect(await users.setPassword('u1', 'reset')).toEqual([]);
    for (const stale of [proved, second ?? proved])
      expect(await users.changePassword(stale, 'stale', undefined)).toBeUndefined();
    const reset = (await users.update('u1', { isDisabled: true }))?.user;
    expect(reset).toMatchObject({ passwordHash: 'reset', passwordChangedAt: start + 2 });
    expect(await users.changePassword(reset ?? proved, 'of the disabled', undefined)).toBeUndefined();
    const nobody = { id: 'u1', passwordChangedAt: undefined };
    expect(await users.changePassword(nobody, 'of nobody', undefined)).toBeUndefined();
    expect(await users.setPassword('nobody', 'of nobody')).toBeUndefined();
    expect(await users.find('u1')).toMatchObject({ passwordHash: 'reset' });
    expect(await users.find('u2')).toMatchObject({ passwordHash: '$argon2id$made-up', passwordChangedAt: start });
  });

  test('with a password end its sessions, of nobody else, and whoever has seen them hears of it', async () => {
    const proved = await users.add(newUser('u1', 'alice'));
    await users.add(newUser('u2', 'bob'));
    for (const id of ['ses_1', 'ses_2', 'ses_3']) await stores.sessions.add(newSession(id, 'u1'));
    await stores.sessions.add(newSession('ses_4', 'u2'));
    const expiresAt = start + accessTokensCountMilliseconds;
    const words = (...ids: string[]) => ids.map((sessionId) => ({ kind: 'session', sessionId, expiresAt }));
    const byId = (ended: Awaited<ReturnType<UserStore['setPassword']>>) =>
      ended?.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
    expect(byId(await users.changePassword(proved, 'second', 'ses_2'))).toEqual(words('ses_1', 'ses_3'));
    expect(await sessionsOf('u1')).toEqual(['ses_2']);
    expect(await users.setPassword('u1', 'third')).toEqual(words('ses_2'));
    expect([await sessionsOf('u1'), await sessionsOf('u2')]).toEqual([[], ['ses_4']]);
    expect(byId((await stores.revocations.since(0)).revocations)).toEqual(words('ses_1', 'ses_2', 'ses_3'));
  });

  test('where its sessions cannot be ended, a password is not changed either', async () => {
    const proved = await users.add(newUser('u1', 'alice'));
    for (const id of ['ses_1', 'ses_2']) await stores.sessions.add(newSession(id, 'u1'));
    for (const table of ['revocations', 'sessions']) {
      await database.execute(`alter table ${table} rename to away`);
      await expect(users.changePassword(proved, 'second', 'ses_1')).rejects.toThrow();
      await expect(users.setPassword('u1', 'second')).rejects.toThrow();
      await database.execute(`alter table away rename to ${table}`);
      expect(await users.find('u1')).toEqual(proved);
      expect(await sessionsOf('u1')).toEqual(['ses_1', 'ses_2']);
      expect((await stores.revocations.since(0)).revocations).toEqual([]);
    }
    expect(await users.changePassword(proved, 'second', 'ses_1')).toHaveLength(1);
  });

  test.each<[string, UserChanges, UserChanges, 'gone' | 'renamed' | 'as before', boolean]>([
    ['disabled', {}, { isDisabled: true }, 'gone', true],
    ['disabled once more', { isDisabled: true }, { isDisabled: true }, 'gone', true],
    ['let in again', { isDisabled: true }, { isDisabled: false }, 'as before', true],
    ['other roles', {}, { roles: ['chief'] }, 'renamed', true],
    ['roles that others have changed meanwhile', { roles: ['chief'] }, { roles: ['user'] }, 'renamed', true],
    ['another name', {}, { username: 'alicia' }, 'renamed', true],
    ['the roles that they have', {}, { roles: ['user'] }, 'as before', false],
    ['nothing', {}, {}, 'as before', false],
  ])('with a change goes what was issued before it: %s', async (_what, before, changes, sessions, isTold) => {
    await users.add(newUser('u1', 'alice'));
    await users.add(newUser('u2', 'bob'));
    await users.update('u1', before);
    const { sequence } = await stores.revocations.since(0);
    for (const id of ['ses_1', 'ses_2']) await stores.sessions.add(newSession(id, 'u1'));
    await stores.sessions.add(newSession('ses_3', 'u2'));
    now = start + 500;
    const ended = (await users.update('u1', changes))?.ended ?? [];
    const left = await sessionsOf('u1');
    expect(left.length).toBe(sessions === 'gone' ? 0 : 2);
    expect(left.filter((id) => ['ses_1', 'ses_2'].includes(id)).length).toBe(sessions === 'as before' ? 2 : 0);
    expect(await sessionsOf('u2')).toEqual(['ses_3']);
    const ids = ended.flatMap((one) => (one.kind === 'session' ? [one.sessionId] : [])).toSorted();
    expect(ids).toEqual(sessions === 'as before' ? [] : ['ses_1', 'ses_2']);
    // Of the same second may be what was issued after the change.
    const told = { kind: 'principal', owner: ownerOf('u1'), issuedBefore: start, expiresAt: now + 3_600_000 };
    expect(ended.filter(({ kind }) => kind !== 'session')).toEqual(isTold ? [told] : []);
    const kept = (await stores.revocations.since(sequence)).revocations;
    expect(kept).toHaveLength(ended.length);
    expect(kept).toEqual(expect.arrayContaining([...ended]));
  });

  test('where the word about it cannot be kept, nobody is changed', async () => {
    const alice = await users.add(newUser('u1', 'alice'));
    for (const id of ['ses_1', 'ses_2']) await stores.sessions.add(newSession(id, 'u1'));
    for (const changes of [{ isDisabled: true }, { roles: [] }, { username: 'alicia' }]) {
      await database.execute('alter table revocations rename to away');
      await expect(users.update('u1', changes)).rejects.toThrow();
      await database.execute('alter table away rename to revocations');
      expect([await users.find('u1'), await sessionsOf('u1')]).toEqual([alice, ['ses_1', 'ses_2']]);
    }
    expect((await users.update('u1', { roles: [] }))?.ended).toHaveLength(3);
  });

  test('signs in with the password that was proved, and not when disabled', async () => {
    const proved = await users.add(newUser('u1', 'alice'));
    now = start + 5;
    const signedIn = { ...proved, signedInAt: start + 5 };
    expect(await users.noteSignIn('u1', proved.passwordChangedAt)).toEqual(signedIn);
    expect(await users.noteSignIn('u1', undefined)).toEqual(signedIn);
    await users.setPassword('u1', 'second');
    now = start + 6;
    expect(await users.noteSignIn('u1', proved.passwordChangedAt)).toBeUndefined();
    expect(await users.noteSignIn('u1', start + 5)).toMatchObject({ signedInAt: start + 6 });
    await users.update('u1', { isDisabled: true });
    for (const at of [start + 5, undefined]) expect(await users.noteSignIn('u1', at)).toBeUndefined();
    expect(await users.noteSignIn('nobody', undefined)).toBeUndefined();
    expect(await users.find('u1')).toMatchObject({ signedInAt: start + 6 });
  });

  // The embedded one has one writer at a time.
  if (name !== 'SQLite') {
    test('whoever signs in while the password changes waits, and is refused', async () => {
      const proved = await users.add(newUser('u1', 'alice'));
      const changing = database.execute(
        `begin; update users set password_changed_at = ${start + 1}; select pg_sleep(2); commit`,
      );
      const isHeld = async () =>
        database.execute('begin; select * from users for update nowait; rollback').then(
          () => false,
          () => true,
        );
      await expect.poll(isHeld, { timeout: 10_000, interval: 20 }).toBe(true);
      expect(await users.noteSignIn('u1', proved.passwordChangedAt)).toBeUndefined();
      await changing;
    });
  }

  test('of many who would be the first, one is', async () => {
    // Two connections of one thread to SQLite would wait for each other, and the thread with them.
    const elsewhere = name === 'SQLite' ? stores : await database.open(clock);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? stores : elsewhere).users.addFirst(newUser(`u${index}`, `name${index}`)),
      ),
    );
    if (elsewhere !== stores) await elsewhere.close();
    expect(made.filter((user) => user !== undefined)).toHaveLength(1);
    expect(await users.list({ tenant: undefined, limit: 100 })).toHaveLength(1);
    expect(await users.addFirst(newUser('late', 'late'))).toBeUndefined();
  });

  test('lists the latest first, page by page, of one tenant or of all', async () => {
    for (let index = 0; index < 5; index += 1) {
      now = start + index;
      const tenant = (index % 2 === 0 ? 'even' : 'odd') as TenantId;
      await users.add(newUser(`u${index}`, `name${index}`, { tenant }));
    }
    const idsOf = async (page: Parameters<UserStore['list']>[0]) => (await users.list(page)).map(({ id }) => id);
    expect(await idsOf({ tenant: undefined, limit: 3 })).toEqual(['u4', 'u3', 'u2']);
    const after = { time: start + 2, id: 'u2' };
    expect(await idsOf({ tenant: undefined, limit: 3, after })).toEqual(['u1', 'u0']);
    expect(await idsOf({ tenant: 'odd' as TenantId, limit: 9 })).toEqual(['u3', 'u1']);
  });

  test('is gone when deleted, and its name is free', async () => {
    await users.add(newUser('u1', 'alice'));
    expect([await users.delete('u1'), await users.delete('u1')]).toEqual([true, false]);
    expect(await users.findByName('alice')).toBeUndefined();
    await users.add(newUser('u2', 'alice'));
  });
});

import { type Grantee, maxGrants, type OwnerKey, type Stores, type Thread, TooManyGrantsError } from '@agentflow/core';
import type { ThreadAccess } from '@agentflow/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* A grant is found by its tenant and its grantee, whole; it is gone with its thread; and there are only so many. */

describeOnDatabases((createDatabase, name) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;
  const clock = { now: () => now };

  beforeEach(async () => {
    now = 1_000_000;
    database = await createDatabase();
    stores = await database.open(clock);
  });

  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  const owner = (subject: string, tenant = 'bakery', realm = 'local') => ({ tenant, realm, subject }) as OwnerKey;
  const asker = (whose: OwnerKey, ...roles: string[]) => ({ owner: whose, roles });
  const user = (subject: string, realm = 'local'): Grantee => ({ kind: 'user', realm, subject });
  const role = (name: string): Grantee => ({ kind: 'role', role: name });
  const alice = owner('alice');
  const page = { offset: 0, limit: 100 };

  async function shared(to: readonly (readonly [Grantee, ThreadAccess])[], threadId = 'bread'): Promise<Thread> {
    now += 1;
    const { thread } = await stores.threads.open(alice, threadId);
    for (const [grantee, access] of to) await stores.grants.put(thread, grantee, access);
    return thread;
  }

  async function remove(thread: Thread): Promise<boolean> {
    await stores.leases.acquire(thread.uuid, 'test', 60_000);
    return stores.threads.delete(thread);
  }

  test.each<[string, Grantee, readonly ReturnType<typeof asker>[], readonly ReturnType<typeof asker>[]]>([
    [
      'a user',
      user('bob'),
      [asker(owner('bob')), asker(owner('bob'), 'baker')],
      [
        ...['alice', 'Bob', 'bob ', 'bo', '%', ''].map((subject) => asker(owner(subject))),
        asker(owner('bob', 'brewery')),
        asker(owner('bob', 'bakery', 'https://login.example')),
        asker(owner('carol'), 'bob', 'user:bob', 'local'),
      ],
    ],
    [
      'a user of an issuer',
      user('bob', 'https://a.example'),
      [asker(owner('bob', 'bakery', 'https://a.example'))],
      [
        asker(owner('bob')),
        asker(owner('bob', 'bakery', 'https://b.example')),
        asker(owner('bob', 'brewery', 'https://a.example')),
      ],
    ],
    [
      'a role',
      role('baker'),
      [asker(owner('bob'), 'baker'), asker(owner('bob', 'bakery', 'https://login.example'), 'x', 'baker')],
      [
        asker(owner('baker')),
        asker(owner('baker', 'bakery', '')),
        asker(owner('bob'), 'Baker', 'bake', 'baker ', '%', ''),
        asker(owner('bob', 'brewery'), 'baker'),
        // The owner has the role: their own thread is not shared with them.
        asker(alice, 'baker'),
      ],
    ],
  ])('what is shared with %s is found by them and by nobody else', async (_what, grantee, found, strangers) => {
    const thread = await shared([[grantee, 'read']]);
    for (const one of found) {
      expect(await stores.grants.findShared(one, thread.uuid)).toEqual({ thread, access: 'read' });
      expect(await stores.grants.listShared(one, page)).toEqual([{ thread, access: 'read' }]);
    }
    for (const one of strangers) {
      expect(await stores.grants.findShared(one, thread.uuid)).toBeUndefined();
      expect(await stores.grants.listShared(one, page)).toEqual([]);
    }
    expect(await stores.grants.findShared(found[0] ?? asker(alice), thread.threadId)).toBeUndefined();
  });

  test('a row that names another tenant shares nothing: both sides of the join are of whoever asks', async () => {
    const thread = await shared([[user('bob'), 'write']]);
    await database.execute(`update thread_grants set tenant = 'brewery'`);
    for (const tenant of ['bakery', 'brewery']) {
      expect(await stores.grants.findShared(asker(owner('bob', tenant)), thread.uuid)).toBeUndefined();
    }
  });

  test('of several grants the most counts, whichever came first', async () => {
    const bob = asker(owner('bob'), 'baker', 'clerk');
    const accessOf = async (thread: Thread) => (await stores.grants.findShared(bob, thread.uuid))?.access;
    const one = await shared(
      [
        [user('bob'), 'read'],
        [role('baker'), 'write'],
        [role('clerk'), 'read'],
      ],
      'one',
    );
    const two = await shared(
      [
        [role('clerk'), 'write'],
        [user('bob'), 'read'],
      ],
      'two',
    );
    const three = await shared(
      [
        [user('bob'), 'read'],
        [role('other'), 'write'],
      ],
      'three',
    );
    expect([await accessOf(one), await accessOf(two), await accessOf(three)]).toEqual(['write', 'write', 'read']);
    const listed = await stores.grants.listShared(bob, page);
    expect(listed.map(({ thread, access }) => [thread.threadId, access])).toEqual([
      ['three', 'read'],
      ['two', 'write'],
      ['one', 'write'],
    ]);
    expect(await stores.grants.listShared(bob, { ...page, among: { id: { in: [one.uuid] } } })).toHaveLength(1);
    expect(await stores.grants.listShared(bob, { ...page, among: { not: { id: { startsWith: '' } } } })).toEqual([]);
  });

  test('made again it is the same, with the new access; taken back it is gone', async () => {
    const thread = await shared([]);
    const first = await stores.grants.put(thread, user('bob'), 'read');
    now += 5;
    const again = await stores.grants.put(thread, user('bob'), 'write');
    expect(again).toEqual({ ...first, access: 'write' });
    expect(await stores.grants.list(thread)).toEqual([again]);
    const other = await shared([], 'stew');
    expect(await stores.grants.remove(other, first?.grantId ?? '')).toBeUndefined();
    expect(await stores.grants.remove(thread, first?.grantId ?? '')).toEqual(again);
    expect(await stores.grants.remove(thread, first?.grantId ?? '')).toBeUndefined();
    expect(await stores.grants.findShared(asker(owner('bob')), thread.uuid)).toBeUndefined();
  });

  test('of many at once there are as many as there may be, from however many connections', async () => {
    const thread = await shared([]);
    // Two connections of one thread would wait for each other in SQLite: there it would take another process.
    const other = name === 'SQLite' ? stores : await database.open(clock);
    const put = (index: number) => (index % 2 === 0 ? stores : other).grants.put(thread, user(`u${index}`), 'read');
    const all = await Promise.allSettled(Array.from({ length: maxGrants + 20 }, (_, index) => put(index)));
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refused).toHaveLength(20);
    expect(refused.every((error) => error instanceof TooManyGrantsError)).toBe(true);
    expect(await stores.grants.list(thread)).toHaveLength(maxGrants);
    if (other !== stores) await other.close();
  });

  describe('with its thread', () => {
    test('a grant is gone, and none is given on what is gone', async () => {
      const thread = await shared([
        [user('bob'), 'write'],
        [role('baker'), 'read'],
      ]);
      const kept = await shared([[user('bob'), 'read']], 'stew');
      expect(await remove(thread)).toBe(true);
      expect(await stores.grants.list(thread)).toEqual([]);
      expect(await stores.grants.put(thread, user('carol'), 'read')).toBeUndefined();
      expect(await stores.grants.findShared(asker(owner('bob'), 'baker'), thread.uuid)).toBeUndefined();
      expect(await stores.grants.list(kept)).toHaveLength(1);
      await shared([]);
      expect((await stores.grants.listShared(asker(owner('bob'), 'baker'), page)).length).toBe(1);
    });

    test('also where it is shared and deleted at the same moment', async () => {
      for (let round = 0; round < 20; round += 1) {
        const thread = await shared([], `loaf ${round}`);
        await Promise.all([
          remove(thread),
          ...['bob', 'carol'].map((name) => stores.grants.put(thread, user(name), 'read')),
        ]);
        expect(await stores.grants.list(thread)).toEqual([]);
      }
    });
  });
});

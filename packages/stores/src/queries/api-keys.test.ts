import { formatTime, lastTime, type NewApiKey, type OwnerKey, type Stores } from '@agentflow/core';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* Issued keys, as two processes on one database see them. On PostgreSQL each statement at the same time has a connection of its own. */

const day = 86_400_000;

describeOnDatabases((createDatabase, name) => {
  let now: number;
  let database: TestDatabase;
  let stores: readonly [Stores, Stores];
  const clock = { now: () => now };
  const alice = { tenant: 'bakery', realm: 'local', subject: 'alice' } as OwnerKey;
  const bob = { ...alice, subject: 'bob' } as OwnerKey;
  const newKey = (id: string, more: Partial<NewApiKey> = {}): NewApiKey => ({
    ...{ id, owner: alice, holder: 'elsewhere', heldBy: undefined, name: `key ${id}`, environment: 'live' },
    ...{ family: id, mac: `mac of ${id}`, pepperId: 'p', last4: 'abcd', scopes: undefined, roles: undefined },
    ...{ ownerRoles: ['baker'], rate: undefined, quota: undefined, expiresAt: undefined, ...more },
  });
  const keys = (index: 0 | 1 = 0) => stores[index].apiKeys;
  const at = <T>(count: number, work: (index: 0 | 1) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_none, index) => work((index % 2) as 0 | 1)));
  const idsOf = async (owner: OwnerKey) => (await keys().listOf(owner)).map(({ id }) => id);

  beforeEach(async () => {
    now = 1_000_000;
    database = await createDatabase();
    stores = [await database.open(clock), await database.open(clock)];
  });

  afterEach(async () => {
    await Promise.all(stores.map((one) => one.close()));
    await database.remove();
  });

  test('kept as it was given', async () => {
    const rate = { requests: 5, windowSeconds: 60 };
    const full = newKey('a', { scopes: ['graph:*'], roles: [], rate, quota: 9, expiresAt: now + day, heldBy: 'ci' });
    const none = { createdAt: now, revokedAt: undefined, replacedBy: undefined, lastUsedAt: undefined };
    expect(await keys().add(full, 5)).toEqual({ ...full, ...none });
    expect(await keys(1).find('a')).toEqual({ ...full, ...none });
    expect(await keys().add(newKey('b'), 5)).toEqual({ ...newKey('b'), ...none });
    expect(await keys().find('c')).toBeUndefined();
    expect(await keys().findOrDecoy('a')).toEqual({ ...full, ...none });
    expect(await keys().findOrDecoy('c')).toMatchObject({ id: '', owner: { tenant: '', realm: '', subject: '' } });
    expect((await keys().findOrDecoy('c')).revokedAt).toBeDefined();
  });

  test('so many of one owner, however many ask at once; the dead do not count', async () => {
    const numbers = Array.from({ length: 8 }, (_none, number) => number);
    const add = (owner: OwnerKey) =>
      Promise.all(numbers.map((number) => keys().add(newKey(`${owner.subject} ${number}`, { owner }), 5)));
    const [alices, bobs] = await Promise.all([add(alice), add(bob)]);
    const count = (list: readonly unknown[]) => list.filter((one) => one !== undefined).length;
    expect([count(alices), count(bobs)]).toEqual([5, 5]);
    const [first = ''] = await idsOf(alice);
    await keys().revoke(first, alice);
    expect(await keys().add(newKey('more', { expiresAt: now + 1 }), 5)).toBeDefined();
    expect(await keys().add(newKey('too many'), 5)).toBeUndefined();
    now += 1;
    expect(await keys().add(newKey('again'), 5)).toBeDefined();
  });

  test('so many rows of one owner, of the living and the dead, and each makes room after a day', async () => {
    const made: string[] = [];
    const addDead = async (index: number, owner = alice) => {
      const added = await keys().add(newKey(`${owner.subject} ${index}`, { owner, quota: 1, expiresAt: now + 1 }), 5);
      if (added === undefined) return false;
      made.push(added.id);
      if (index % 2 === 0) await keys().revoke(added.id, owner);
      now += 1;
      return true;
    };
    const living = await keys().add(newKey('living'), 5);
    for (let index = 1; index < 100; index += 1) expect(await addDead(index)).toBe(true);
    expect([await addDead(100), await keys().hasRoom(alice, 5)]).toEqual([false, false]);
    expect([await addDead(1, bob), await keys().hasRoom(alice, 21)]).toEqual([true, true]);
    now += day - 99;
    expect(await keys().hasRoom(alice, 5)).toBe(true);
    const stay = await Promise.all(made.map(async (id) => (await keys().find(id)) !== undefined));
    expect(stay.filter((one) => !one).length).toBeGreaterThan(0);
    expect(stay.filter(Boolean).length, 'of the last day').toBeGreaterThan(0);
    expect(await keys().find(living?.id ?? '')).toBeDefined();
    expect(await addDead(101)).toBe(true);
  });

  test('of its owner those are listed that live, and those that ended within a day', async () => {
    await keys().add(newKey('lives'), 5);
    await keys().add(newKey('ends', { expiresAt: now + 10 }), 5);
    now += 10 + day - 1;
    expect((await idsOf(alice)).toSorted()).toEqual(['ends', 'lives']);
    now += 1;
    expect(await idsOf(alice)).toEqual(['lives']);
    expect(await keys().find('ends'), 'kept, for whoever asks').toBeDefined();
  });

  test('a time that cannot be written is read as the last that can be', async () => {
    await keys().add(newKey('a', { expiresAt: lastTime + 86_400_000 }), 5);
    await keys().add(newKey('b', { expiresAt: now + 1 }), 5);
    const listed = await keys(1).listIn(alice.tenant, { limit: 5 });
    expect(listed.map(({ expiresAt = 0 }) => formatTime(expiresAt))).toEqual([
      formatTime(now + 1),
      '+275760-09-13T00:00:00.000Z',
    ]);
  });

  test('revoked by its owner or within its tenant, once; it is there, and in no list', async () => {
    await keys().add(newKey('a'), 5);
    await keys().add(newKey('b'), 5);
    expect(await keys().revoke('a', bob)).toBeUndefined();
    expect(await keys().revoke('a', { tenant: 'other' as OwnerKey['tenant'] })).toBeUndefined();
    // In one thread, the second connection to an embedded database would have the first wait that it waits for itself.
    const revoked = await at(6, (index) => keys(name === 'SQLite' ? 0 : index).revoke('a', alice));
    expect(revoked.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await keys(1).revoke('a', alice)).toBeUndefined();
    expect(await keys().revoke('b', { tenant: alice.tenant })).toMatchObject({ revokedAt: now });
    expect(await idsOf(alice)).toEqual([]);
    expect(await keys().find('a')).toMatchObject({ revokedAt: now });
  });

  test('replaced once, of all who try; never for longer than it had', async () => {
    await keys().add(newKey('a', { expiresAt: now + 10 }), 5);
    const tried = await Promise.all(
      ['b', 'c', 'd', 'e'].map((id) => keys().replace('a', alice, now + 500, newKey(`next ${id}`))),
    );
    expect(tried.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await keys().find('a')).toMatchObject({ expiresAt: now + 10 });
    expect(await keys().listOf(alice)).toHaveLength(2);

    await keys().add(newKey('b'), 5);
    expect(await keys().replace('b', bob, now, newKey('x'))).toBeUndefined();
    expect((await keys().replace('b', alice, now + 500, newKey('c')))?.old).toMatchObject({
      ...{ expiresAt: now + 500, replacedBy: 'c' },
    });
    await keys().revoke('c', alice);
    expect(await keys().replace('c', alice, now, newKey('y'))).toBeUndefined();
    expect(await keys().find('y')).toBeUndefined();
  });

  test('what ends a key is kept with the word by which all refuse it, or not at all', async () => {
    const ends = {
      revoked: (id: string) => keys().revoke(id, alice),
      'replaced by one that counts at once': (id: string) => keys().replace(id, alice, now, newKey(`next ${id}`)),
    };
    const wordsSince = (sequence: number) => stores[1].revocations.since(sequence);
    for (const [id, end] of Object.entries(ends)) {
      const { sequence } = await wordsSince(0);
      const before = await keys().add(newKey(id), 5);
      await database.execute('alter table revocations rename to lost');
      await expect(end(id)).rejects.toThrow();
      await database.execute('alter table lost rename to revocations');
      expect([await keys(1).find(id), await keys(1).find(`next ${id}`)]).toEqual([before, undefined]);

      expect(await end(id), 'again').toBeDefined();
      expect((await wordsSince(sequence)).revocations).toEqual([
        { kind: 'credential', realm: 'local', credentialId: id, expiresAt: now + 3_600_000 },
      ]);
    }
  });

  test('no word is said of a key that lives on', async () => {
    await keys().add(newKey('a'), 5);
    await keys().add(newKey('b', { owner: bob }), 5);
    const { sequence } = await stores[1].revocations.since(0);
    await keys().replace('a', alice, now + 500, newKey('next'));
    expect(await keys().replace('a', alice, now, newKey('too late'))).toBeUndefined();
    expect(await keys().replace('b', alice, now, newKey("not alice's"))).toBeUndefined();
    expect(await keys().revoke('b', alice)).toBeUndefined();
    expect((await stores[1].revocations.since(sequence)).revocations).toEqual([]);
  });

  test('exactly so many uses, of however many at once', async () => {
    await keys().add(newKey('a', { quota: 10 }), 5);
    await keys().add(newKey('b', { quota: 1 }), 5);
    const taken = await at(50, (index) => keys(index).takeUse('a', 10));
    expect(taken.filter(Boolean)).toHaveLength(10);
    expect([await keys().takeUse('b', 1), await keys().takeUse('b', 1), await keys().takeUse('c', 1)]).toEqual([
      ...[true, false, false],
    ]);
  });

  test('last used: the latest of what is told, in any order', async () => {
    await keys().add(newKey('a'), 5);
    await keys().add(newKey('b'), 5);
    await Promise.all([
      keys().recordUses([
        { id: 'a', at: 30 },
        { id: 'b', at: 5 },
      ]),
      keys().recordUses([
        { id: 'b', at: 50 },
        { id: 'a', at: 20 },
      ]),
    ]);
    const usedAt = async (id: string) => (await keys().find(id))?.lastUsedAt;
    expect([await usedAt('a'), await usedAt('b')]).toEqual([30, 50]);
  });

  test('from where: new once, and at most so many', async () => {
    await keys().add(newKey('a'), 5);
    expect(await keys().meet('a', 'home', 2)).toEqual({ isNew: true, others: 0 });
    const met = await at(6, (index) => keys(index).meet('a', 'work', 2));
    expect(met.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await keys().meet('a', 'home', 2)).toMatchObject({ isNew: false });
    expect(await keys().meet('a', 'train', 2)).toEqual({ isNew: false, others: 2 });
    expect(await keys().meet('b', 'home', 2)).toEqual({ isNew: true, others: 0 });
  });

  test('a word about a principal ends what was made before it, for good; not the keys of our users', async () => {
    await keys().add(newKey('of a token'), 9);
    await keys().add(newKey('of a user', { holder: 'user' }), 9);
    await keys().add(newKey("bob's", { owner: bob }), 9);
    now += 10;
    const word = { kind: 'principal', owner: alice, issuedBefore: now, expiresAt: now + 1 } as const;
    await stores[1].revocations.add([word]);
    await keys().add(newKey('later'), 9);
    now += day;
    expect((await idsOf(alice)).toSorted()).toEqual(['later', 'of a user']);
    expect(await idsOf(bob)).toEqual(["bob's"]);
    expect(await keys().find('of a token')).toMatchObject({ revokedAt: now - day });
  });

  test('of an owner who is gone, nothing is left', async () => {
    await keys().add(newKey('a', { quota: 3 }), 5);
    await keys().add(newKey("bob's", { owner: bob, quota: 3 }), 5);
    await keys().meet('a', 'home', 2);
    expect([await keys().deleteOf(alice), await keys().deleteOf(alice)]).toEqual([1, 0]);
    expect([await keys().takeUse('a', 3), await keys().takeUse("bob's", 3)]).toEqual([false, true]);
    expect(await keys().meet('a', 'home', 2)).toEqual({ isNew: true, others: 0 });
    expect(await idsOf(bob)).toEqual(["bob's"]);
  });

  test('what has long been dead is removed by the way; what was used of a quota stays with the family', async () => {
    await keys().add(newKey('a', { quota: 3 }), 5);
    await keys().takeUse('a', 3);
    await keys().replace('a', alice, now, newKey('b', { family: 'a', quota: 3 }));
    now += 91 * day;
    await keys().add(newKey('c'), 5);
    expect(await keys().find('a')).toBeUndefined();
    expect((await at(5, (index) => keys(index).takeUse('a', 3))).filter(Boolean)).toHaveLength(2);
  });

  test('a tenant in parts, and those that are due', async () => {
    for (const id of ['a', 'b', 'c']) {
      now += 1;
      await keys().add(newKey(id, { owner: id === 'b' ? bob : alice }), 5);
    }
    const [first] = await keys().listIn(alice.tenant, { limit: 1 });
    expect(first?.id).toBe('c');
    const after = { time: first?.createdAt ?? 0, id: 'c' };
    expect((await keys().listIn(alice.tenant, { limit: 5, after })).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(await keys().listIn('other' as OwnerKey['tenant'], { limit: 5 })).toEqual([]);
    await keys().revoke('a', alice);
    expect((await keys().olderThan(now - 1, 5)).map(({ id }) => id)).toEqual(['b']);
  });

  test('a MAC under another pepper takes the place of the one that it was made from, and of no other', async () => {
    await keys().add(newKey('a'), 5);
    await keys().strengthenMac('a', 'another', { mac: 'worse', pepperId: 'q' });
    expect(await keys().find('a')).toMatchObject({ mac: 'mac of a', pepperId: 'p' });
    await keys().strengthenMac('a', 'mac of a', { mac: 'better', pepperId: 'q' });
    expect(await keys().find('a')).toMatchObject({ mac: 'better', pepperId: 'q' });
  });

  if (name === 'SQLite') {
    test('whether there is room is answered also while another process writes', async () => {
      for (let index = 0; index < 100; index += 1) await keys().add(newKey(`${index}`, { expiresAt: now + 1 }), 999);
      now += 3_600_000;
      const other = new DatabaseSync(database.file, { timeout: 0 });
      const asking = Promise.all(Array.from({ length: 20 }, () => keys().hasRoom(alice, 5)));
      // Between any two steps of whoever asks.
      for (let step = 0; step < 1_000; step += 1) {
        await Promise.resolve();
        try {
          other.exec('update turns set taken = taken + 1');
        } catch (error) {
          expect(String(error)).toContain('database is locked');
        }
      }
      other.close();
      expect(new Set(await asking)).toEqual(new Set([false]));
    });
    // Two connections of one process: the embedded one would wait for what it holds up itself.
    return;
  }

  test('a principal is turned out, or goes, while it is written when their keys were used', async () => {
    const ids = Array.from({ length: 30 }, (_none, index) => `key ${index}`);
    const record = (index: 0 | 1, at: number) => keys(index).recordUses(ids.map((id) => ({ id, at })));
    for (let round = 1; round <= 8; round += 1) {
      for (const id of ids.toReversed()) await keys().add(newKey(id), 99);
      const word = { kind: 'principal', owner: alice, issuedBefore: now + 1, expiresAt: undefined } as const;
      await Promise.all([stores[0].revocations.add([word]), record(1, round), record(1, round + 1)]);
      expect(await idsOf(alice)).toEqual([]);
      await Promise.all([keys().deleteOf(alice), record(1, round + 2), record(1, round + 3)]);
    }
  });
});

import type { OwnerKey, Stores } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* A ticket is taken once, by whoever comes first of all processes, and leaves nothing behind. */

describeOnDatabases((createDatabase) => {
  let now: number;
  let database: TestDatabase;
  let stores: readonly [Stores, Stores];
  const clock = { now: () => now };
  const alice = { tenant: 'bakery', realm: 'local', subject: 'alice' } as OwnerKey;
  const bob = { ...alice, subject: 'bob' } as OwnerKey;
  const ticket = (hash: string, owner = alice) => ({
    ...{ hash, owner, route: 'openSocket', sealed: Buffer.from([0, 1, 255]) },
    expiresAt: now + 30_000,
  });
  const first = () => stores[0];

  beforeEach(async () => {
    now = 1_000_000;
    database = await createDatabase();
    stores = [await database.open(clock), await database.open(clock)];
  });

  afterEach(async () => {
    await Promise.all(stores.map((one) => one.close()));
    await database.remove();
  });

  test('of all who ask at once one gets it, whole', async () => {
    expect(await first().tickets.add(ticket('a'), 10)).toBe(true);
    const asked = Array.from({ length: 10 }, (_none, index) => stores[index % 2]?.tickets.redeem('a', 'openSocket'));
    const taken = (await Promise.all(asked)).filter((one) => one !== undefined);
    expect(taken).toHaveLength(1);
    expect({ ...taken[0], sealed: [...(taken[0]?.sealed ?? [])] }).toEqual({ ...ticket('a'), sealed: [0, 1, 255] });
  });

  test('another route, or another ticket, takes nothing', async () => {
    await first().tickets.add(ticket('a'), 10);
    expect(await first().tickets.redeem('a', 'other')).toBeUndefined();
    expect(await first().tickets.redeem('b', 'openSocket')).toBeUndefined();
    expect(await first().tickets.redeem('a', 'openSocket')).toBeDefined();
  });

  test('one that has run out is none, and is removed with the next that is kept', async () => {
    await first().tickets.add(ticket('a'), 10);
    await first().tickets.add(ticket('b'), 10);
    now += 30_000;
    expect(await first().tickets.redeem('a', 'openSocket')).toBeUndefined();
    await first().tickets.add(ticket('c'), 10);
    now -= 30_000;
    expect(await first().tickets.redeem('b', 'openSocket')).toBeUndefined();
    expect(await first().tickets.redeem('c', 'openSocket')).toBeDefined();
  });

  test('one owner has so many, and keeps nobody else from theirs', async () => {
    const kept: boolean[] = [];
    for (const hash of ['a', 'b', 'c']) kept.push(await first().tickets.add(ticket(hash), 2));
    expect(kept).toEqual([true, true, false]);
    expect(await first().tickets.add(ticket('d', bob), 2)).toBe(true);
    await first().tickets.redeem('a', 'openSocket');
    expect(await first().tickets.add(ticket('e'), 2)).toBe(true);
  });
});

import type { Stores } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* A delivery has its effect once, of all processes and however often it comes; one that has had none may come again. */

const times = { holdFor: 30_000, rememberFor: 1_000_000 };

describeOnDatabases((createDatabase) => {
  let now: number;
  let database: TestDatabase;
  let stores: readonly [Stores, Stores];
  const clock = { now: () => now };
  const claim = (holder: string, digest = 'd', hook = 'orders') => ({ hook, digest, holder });
  const take = (holder: string, index = 0, digest = 'd', hook = 'orders') =>
    stores[index]?.deliveries.take(claim(holder, digest, hook), times);
  const deliveries = () => stores[0].deliveries;

  beforeEach(async () => {
    now = 1_000_000;
    database = await createDatabase();
    stores = [await database.open(clock), await database.open(clock)];
  });

  afterEach(async () => {
    await Promise.all(stores.map((one) => one.close()));
    await database.remove();
  });

  test('of all who take it at once one has it', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, (_none, index) => take(`h${index}`, index % 2)));
    expect(asked.filter((one) => one === 'taken')).toHaveLength(1);
    expect(asked.filter((one) => one === 'held')).toHaveLength(19);
    expect([await take('other', 1, 'd2'), await take('other', 1, 'd', 'rotating')]).toEqual(['taken', 'taken']);
  });

  test('once done it is done, until it is forgotten', async () => {
    await take('a');
    await deliveries().finish(claim('a'));
    now += times.rememberFor - 1;
    expect(await take('b', 1)).toBe('done');
    now += 1;
    expect(await take('b', 1)).toBe('taken');
  });

  test('what was let go of comes again, also where it was thought to be done', async () => {
    await take('a');
    await deliveries().release(claim('a'));
    expect(await take('b', 1)).toBe('taken');
    await deliveries().finish(claim('b'));
    await deliveries().release(claim('b'));
    expect(await take('c')).toBe('taken');
  });

  test('another takes it from who has died, and then it is no more theirs', async () => {
    await take('a');
    now += times.holdFor - 1;
    expect(await take('b', 1)).toBe('held');
    await deliveries().renew(claim('a'), times.holdFor);
    now += times.holdFor - 1;
    expect(await take('b', 1)).toBe('held');
    now += 1;
    expect(await take('b', 1)).toBe('taken');
    await deliveries().release(claim('a'));
    await deliveries().finish(claim('a'));
    expect(await take('c')).toBe('held');
    // A renewal that comes late does not open what is done.
    await deliveries().finish(claim('b'));
    await deliveries().renew(claim('b'), times.holdFor);
    now += times.holdFor;
    expect(await take('c')).toBe('done');
  });
});

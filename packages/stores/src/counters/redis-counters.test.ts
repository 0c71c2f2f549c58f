import { attemptPolicies, createAttempts, createKeyDigest, createPolicy, type Taken } from '@agentflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestRedis, redisIsHere, redisNote, type TestRedis } from '../../../../test/harness/redis.js';
import { openRedisCounters, type SharedCounters } from './redis-counters.js';

/** So slow that none passes again while the test runs. */
const ten = createPolicy('ten', { burst: 10, amount: 1, perSeconds: 3600 });
const two = createPolicy('two', { burst: 2, amount: 1, perSeconds: 3600 });
const swift = createPolicy('swift', { burst: 3, amount: 1_000_000, perSeconds: 1 });

const allowed = (all: readonly (readonly Taken[])[]) => all.filter((taken) => taken.every((one) => one.allowed)).length;

describe.skipIf(!redisIsHere)(`counters in Redis${redisNote}`, () => {
  let redis: TestRedis;
  /** Two processes: each has a connection of its own. */
  let here: SharedCounters;
  let there: SharedCounters;

  beforeAll(async () => {
    redis = createTestRedis();
    here = await openRedisCounters(redis);
    there = await openRedisCounters(redis);
  });
  afterAll(async () => {
    here.close();
    there.close();
    await redis.remove();
  });

  test('let exactly their burst pass, of however many at once and from wherever', async () => {
    const taking = [{ key: 'parallel', policy: ten }];
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? here : there).take(taking)),
    );
    expect(allowed(all)).toBe(10);
    const refused = all.flat().find((one) => !one.allowed);
    expect(refused?.remaining).toBe(0);
    expect(refused?.retryAfterSeconds).toBeGreaterThan(3000);
    expect(refused?.resetSeconds).toBeGreaterThan(35_000);
    const left = all.flat().filter((one) => one.allowed);
    expect(left.map(({ remaining }) => remaining).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('count all of them or none', async () => {
    const both = [
      { key: 'a', policy: ten },
      { key: 'b', policy: two },
    ];
    const all = await Promise.all(Array.from({ length: 5 }, () => here.take(both)));
    expect(allowed(all)).toBe(2);
    expect(await there.take([{ key: 'a', policy: ten, cost: 0 }])).toMatchObject([{ allowed: true, remaining: 8 }]);
    expect(await there.take([{ key: 'b', policy: two, cost: 0 }])).toMatchObject([{ allowed: false, remaining: 0 }]);
  });

  test('let pass again what the interval says', async () => {
    let passed = 0;
    for (let index = 0; index < 200; index += 1) passed += allowed([await here.take([{ key: 'k', policy: swift }])]);
    expect(passed).toBeGreaterThan(3);
  });

  test('take back what did not count, and never more', async () => {
    const taking = [{ key: 'back', policy: two }];
    const passed = async () => allowed(await Promise.all(Array.from({ length: 5 }, () => here.take(taking))));
    expect(await passed()).toBe(2);
    await there.giveBack(taking);
    expect(await passed()).toBe(1);
    for (let index = 0; index < 5; index += 1) await there.giveBack(taking);
    expect(await passed()).toBe(2);
    await there.clear(taking);
    expect(await passed()).toBe(2);
  });

  test('keep nothing for longer than it says anything', async () => {
    await here.take([{ key: 'brief', policy: swift }]);
    await expect.poll(async () => [...(await redis.dump()).keys()]).not.toContain('swift:brief');
    expect([...(await redis.dump()).keys()]).toContain('ten:parallel');
  });

  test('leave nobody waiting for longer where what is kept lies far ahead', async () => {
    const taking = [{ key: 'ahead', policy: swift }];
    await here.take([{ key: 'ahead', policy: { ...ten, name: 'swift' }, cost: 10 }]);
    await expect.poll(async () => allowed([await here.take(taking)])).toBe(1);
  });

  test('slow down whoever guesses, for all processes together, and keep no name that is guessed at', async () => {
    const policies = () => attemptPolicies({ attempts: 10, intervalSeconds: 3600 });
    const digest = createKeyDigest(Buffer.alloc(32, 7));
    const [one, other] = [here, there].map((counters) => createAttempts({ counters, digest, policies }));
    const subject = { kind: 'password', account: 'default/alice-of-the-dump', address: '192.0.2.1' } as const;
    const first = await one?.begin(subject);
    if (first?.allowed) await first.succeeded();
    const far = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? one : other)?.begin({ ...subject, address: `203.0.113.${index}` }),
    );
    expect((await Promise.all(far)).filter((attempt) => attempt?.allowed)).toHaveLength(30);
    // Known by what the other process has seen.
    const known = Array.from({ length: 60 }, () => other?.begin(subject));
    expect((await Promise.all(known)).filter((attempt) => attempt?.allowed)).toHaveLength(10);
    expect(JSON.stringify([...(await redis.dump())])).not.toContain('alice-of-the-dump');
  });

  test.each(['127.0.0.1', 'localhost'])('say why it cannot be asked: %s', async (host) => {
    const nowhere = await openRedisCounters({ url: `redis://:hidden@${host}:1`, prefix: 'p:' });
    try {
      await expect(nowhere.take([{ key: 'k', policy: ten }])).rejects.toThrow();
      await expect(nowhere.ping()).rejects.toThrow();
      const error = await nowhere.ping().catch((thrown: unknown) => thrown);
      expect(String(error)).not.toContain('hidden');
      expect(String(error)).toContain('ECONNREFUSED');
    } finally {
      nowhere.close();
    }
    await expect(here.ping()).resolves.toBeUndefined();
  });
});

import type { Stores } from '@agentflow/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

const ttl = 1_000;

describeOnDatabases((createDatabase) => {
  let now: number;
  let database: TestDatabase;
  /** Two processes over one database: each has a connection of its own. */
  let here: Stores;
  let there: Stores;

  beforeEach(async () => {
    now = 1_000_000;
    const clock = { now: () => now };
    database = await createDatabase();
    here = await database.open(clock);
    there = await database.open(clock);
  });

  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await database.remove();
  });

  describe('a lease', () => {
    test('is one holder’s, wherever the other asks', async () => {
      expect(await here.leases.acquire('kitchen', 'alice', ttl)).toBe(true);
      expect(await here.leases.acquire('kitchen', 'bob', ttl)).toBe(false);
      expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(false);
    });

    test('of one thread says nothing about another', async () => {
      expect(await here.leases.acquire('kitchen', 'alice', ttl)).toBe(true);
      expect(await there.leases.acquire('garden', 'bob', ttl)).toBe(true);
    });

    test('runs out at its time, not before, and is then another’s', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      now += ttl - 1;
      expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(false);
      now += 1;
      expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(true);
      expect(await here.leases.renew('kitchen', 'alice', ttl)).toBe('lost');
      expect(await here.leases.acquire('kitchen', 'alice', ttl)).toBe(false);
    });

    test('that is refused is not changed by the refusal', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      await there.leases.acquire('kitchen', 'bob', 100 * ttl);
      now += ttl;
      expect(await there.leases.acquire('kitchen', 'carol', ttl)).toBe(true);
    });

    test('lasts as long as it is renewed', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      for (let renewal = 0; renewal < 10; renewal += 1) {
        now += ttl - 1;
        expect(await here.leases.renew('kitchen', 'alice', ttl)).toBe('held');
        expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(false);
      }
      now += ttl;
      expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(true);
    });

    test('cannot be renewed by who does not hold it', async () => {
      expect(await here.leases.renew('kitchen', 'alice', ttl)).toBe('lost');
      await here.leases.acquire('kitchen', 'alice', ttl);
      expect(await there.leases.renew('kitchen', 'bob', ttl)).toBe('lost');
      now += ttl;
      expect(await there.leases.acquire('kitchen', 'carol', ttl)).toBe(true);
    });

    test('is free at once when it is released, and only its holder can', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      await there.leases.release('kitchen', 'bob');
      expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(false);
      await here.leases.release('kitchen', 'alice');
      expect(await there.leases.acquire('kitchen', 'bob', ttl)).toBe(true);
      // Late: the lease is not alice's any more.
      await here.leases.release('kitchen', 'alice');
      expect(await here.leases.acquire('kitchen', 'carol', ttl)).toBe(false);
      expect(await here.leases.renew('kitchen', 'alice', ttl)).toBe('lost');
      await here.leases.release('garden', 'alice');
    });

    test('is still held after its process has gone and come back', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      await here.close();
      here = await database.open({ now: () => now });
      expect(await here.leases.acquire('kitchen', 'bob', ttl)).toBe(false);
      now += ttl;
      expect(await here.leases.acquire('kitchen', 'bob', ttl)).toBe(true);
    });
  });

  /** 50 ask at once, half of them here and half of them there. */
  async function countOfWinners(): Promise<number> {
    const asked = Array.from({ length: 50 }, (_, index) =>
      (index % 2 === 0 ? here : there).leases.acquire('kitchen', `cook-${index}`, ttl),
    );
    return (await Promise.all(asked)).filter(Boolean).length;
  }

  describe('a request to stop', () => {
    test('reaches the holder with its next renewal, and nobody after it', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      expect(await here.leases.renew('kitchen', 'alice', ttl)).toBe('held');
      expect(await there.leases.requestStop('kitchen')).toBe(true);
      expect(await here.leases.renew('kitchen', 'alice', ttl)).toBe('stop-requested');
      await here.leases.release('kitchen', 'alice');
      await here.leases.acquire('kitchen', 'bob', ttl);
      expect(await here.leases.renew('kitchen', 'bob', ttl)).toBe('held');
    });

    test('is not kept for whoever takes over', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      await there.leases.requestStop('kitchen');
      now += ttl;
      await there.leases.acquire('kitchen', 'bob', ttl);
      expect(await there.leases.renew('kitchen', 'bob', ttl)).toBe('held');
    });

    test('finds nobody where nobody holds the thread, or has held it for too long', async () => {
      expect(await here.leases.requestStop('kitchen')).toBe(false);
      await here.leases.acquire('kitchen', 'alice', ttl);
      now += ttl;
      expect(await here.leases.requestStop('kitchen')).toBe(false);
    });
  });

  describe('a write to a thread', () => {
    const key = { threadUuid: 'kitchen', namespace: '', checkpointId: '1' };
    const write = (stores: Stores) =>
      stores.checkpoints.putWrites(key, [
        { taskId: 't', index: 0, channel: 'c', value: { type: 'json', bytes: new Uint8Array([1]) } },
      ]);

    test('is its holder’s alone', async () => {
      await expect(write(here)).rejects.toThrow('holds no lease');
      await here.leases.acquire('kitchen', 'alice', ttl);
      await write(here);
      await expect(write(there)).rejects.toThrow('holds no lease');
      await here.leases.release('kitchen', 'alice');
      await expect(write(here)).rejects.toThrow('holds no lease');
    });

    test('is refused to who slept through the end of its lease, though it does not know', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      now += ttl;
      // Nobody has taken it: the sleeper is still alone, and may go on.
      await write(here);
      await there.leases.acquire('kitchen', 'bob', ttl);
      await expect(write(here)).rejects.toThrow('was lost');
      await write(there);
    });
  });

  describe('many at once', () => {
    test('of 50 that ask, one gets it', async () => {
      expect(await countOfWinners()).toBe(1);
    });

    test('of 50 that ask when it has run out, one gets it', async () => {
      await here.leases.acquire('kitchen', 'alice', ttl);
      now += ttl;
      expect(await countOfWinners()).toBe(1);
    });

    test('two holders never both, whatever they do', async () => {
      /** Until when each believes to hold it. */
      const believed = new Map<string, number>();
      let seed = 1;
      // A fixed sequence (Lehmer's), so that a failure can be had again.
      const random = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      let acquired = 0;
      for (let turn = 0; turn < 2_000; turn += 1) {
        now += random(ttl / 2);
        const [holder, { leases }] = random(2) === 0 ? (['alice', here] as const) : (['bob', there] as const);
        const deed = random(4);
        if (deed === 3) {
          await leases.release('kitchen', holder);
          believed.delete(holder);
        } else {
          const isOurs = (believed.get(holder) ?? 0) > now;
          const has =
            isOurs || deed === 2
              ? (await leases.renew('kitchen', holder, ttl)) === 'held'
              : await leases.acquire('kitchen', holder, ttl);
          if (has) believed.set(holder, now + ttl);
          else believed.delete(holder);
          if (has && !isOurs) acquired += 1;
          // Who holds it is never refused its renewal.
          if (isOurs) expect(has).toBe(true);
        }
        const holding = [...believed].filter(([, until]) => until > now);
        expect(holding.length).toBeLessThanOrEqual(1);
      }
      expect(acquired).toBeGreaterThan(100);
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { Taken, Taking } from './counters.js';
import { createPolicy, type LimitPolicy, stricterPolicy, windowSeconds } from './limit-policy.js';
import { createMemoryCounters } from './memory-counters.js';

/* Security bar 47: exactly as many pass as may, in any span of time. */

/**
 * What a limit lets pass, said without its arithmetic: a log of the times at which something passed. One more passes where, counted from each
 * of them, there are no more than `burst` and one for each whole interval since.
 */
function createOracle(burst: number, interval: number) {
  const passed: number[] = [];
  return {
    passes(now: number): boolean {
      const isWithin = passed.every((time, index) => passed.length - index + 1 <= burst + (now - time) / interval);
      if (isWithin) passed.push(now);
      return isWithin;
    },
  };
}

/** Numbers that look random and are the same each time. */
function createDice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

function start(maxEntries?: number) {
  let now = 1_800_000_000_000;
  const clock = { now: () => now };
  const counters = createMemoryCounters({ clock, ...(maxEntries !== undefined && { maxEntries }) });
  const take = (policy: LimitPolicy, key = 'k', cost?: number): Taken => {
    const [taken] = counters.take([{ key, policy, ...(cost !== undefined && { cost }) }]);
    if (taken === undefined) throw new Error('nothing was taken');
    return taken;
  };
  const times = (count: number, policy: LimitPolicy, key?: string) =>
    Array.from({ length: count }, () => take(policy, key)).filter(({ allowed }) => allowed).length;
  return { counters, take, times, pass: (milliseconds: number) => (now += milliseconds) };
}

const sixty = createPolicy('credential', { burst: 10, amount: 60, perSeconds: 60 });

describe('a sliding limit', () => {
  test('lets exactly its burst pass at once, and then one for each interval', () => {
    const { times, pass, take } = start();
    expect(times(50, sixty)).toBe(10);
    expect(take(sixty)).toEqual({ allowed: false, remaining: 0, resetSeconds: 10, retryAfterSeconds: 1 });
    pass(999);
    expect(times(5, sixty)).toBe(0);
    pass(1);
    expect(times(5, sixty)).toBe(1);
    pass(3000);
    expect(times(5, sixty)).toBe(3);
    pass(3_600_000);
    expect(times(50, sixty)).toBe(10);
  });

  test('has no edge at which twice as many pass', () => {
    const hundred = createPolicy('hundred', { burst: 100, amount: 100, perSeconds: 60 });
    for (const offset of [0, 1, 30_000, 59_999, 60_000]) {
      const { times, pass } = start();
      pass(offset);
      expect(times(200, hundred)).toBe(100);
      pass(2);
      expect(times(200, hundred)).toBe(0);
    }
  });

  test.each([
    [1, 1, 1],
    [3, 7, 2],
    [10, 60, 60],
    [100, 3, 1],
  ])('lets pass what a log of times lets pass: burst %i, %i in %i s', (burst, amount, perSeconds) => {
    const policy = createPolicy('p', { burst, amount, perSeconds });
    const dice = createDice(burst * 31 + amount);
    const { take, pass } = start();
    const oracle = createOracle(policy.burst, policy.intervalMicroseconds);
    let now = 0;
    const outcomes = { passed: 0, refused: 0 };
    for (let index = 0; index < 3000; index += 1) {
      const wait = dice(4) === 0 ? dice(Math.ceil((policy.intervalMicroseconds * 3) / 1000)) : 0;
      pass(wait);
      now += wait * 1000;
      const { allowed } = take(policy);
      expect(allowed).toBe(oracle.passes(now));
      outcomes[allowed ? 'passed' : 'refused'] += 1;
    }
    expect(outcomes.passed).toBeGreaterThan(burst);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  test('says how many are left, when one more passes, and when it is whole', () => {
    const { take, pass } = start();
    expect(take(sixty)).toEqual({ allowed: true, remaining: 9, resetSeconds: 1, retryAfterSeconds: 0 });
    expect(take(sixty, 'k', 0)).toEqual({ allowed: true, remaining: 9, resetSeconds: 1, retryAfterSeconds: 0 });
    expect(take(sixty, 'k', 9)).toEqual({ allowed: true, remaining: 0, resetSeconds: 10, retryAfterSeconds: 0 });
    expect(take(sixty, 'k', 4)).toMatchObject({ allowed: false, retryAfterSeconds: 4 });
    expect(take(sixty, 'k', 0)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
    pass(3500);
    expect(take(sixty, 'k', 0)).toMatchObject({ allowed: true, remaining: 3, resetSeconds: 7 });
  });

  test('does not leave anybody waiting for longer after a clock was put back', () => {
    const { times, pass } = start();
    expect(times(20, sixty)).toBe(10);
    pass(-3_600_000);
    expect(times(20, sixty)).toBe(0);
    pass(10_000);
    expect(times(20, sixty)).toBe(10);
  });

  test('stricter is half of it, and never nothing', () => {
    expect(stricterPolicy(sixty)).toEqual({ name: 'credential', burst: 5, intervalMicroseconds: 2_000_000 });
    const one = createPolicy('one', { burst: 1, amount: 1, perSeconds: 60 });
    expect(stricterPolicy(one).burst).toBe(1);
    expect([windowSeconds(sixty), windowSeconds(one)]).toEqual([10, 60]);
  });
});

describe('counters in memory', () => {
  const two = createPolicy('two', { burst: 2, amount: 1, perSeconds: 60 });

  test('count all of them or none', () => {
    const { counters, take } = start();
    const both: readonly Taking[] = [
      { key: 'a', policy: sixty },
      { key: 'b', policy: two },
    ];
    const counted = Array.from({ length: 5 }, () => counters.take(both));
    expect(counted.map((all) => all.every(({ allowed }) => allowed))).toEqual([true, true, false, false, false]);
    expect(counted[4]?.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 8],
      [false, 0],
    ]);
    expect(take(sixty, 'a').remaining).toBe(7);
  });

  test('keep policies and keys apart', () => {
    const { times } = start();
    expect([times(5, two, 'a'), times(5, two, 'b'), times(5, sixty, 'a')]).toEqual([2, 2, 5]);
  });

  test('take back what did not count, and never more', () => {
    const { counters, times } = start();
    expect(times(5, two)).toBe(2);
    counters.giveBack([{ key: 'k', policy: two }]);
    expect(times(5, two)).toBe(1);
    for (let index = 0; index < 10; index += 1) counters.giveBack([{ key: 'k', policy: two }]);
    expect(times(5, two)).toBe(2);
    counters.clear([{ key: 'k', policy: two }]);
    expect(times(5, two)).toBe(2);
  });

  test('forget under a flood of fresh keys the flood, and not an exhausted limit', () => {
    const { times } = start(1000);
    expect(times(20, sixty, 'flooder')).toBe(10);
    for (let index = 0; index < 20_000; index += 1) expect(times(1, sixty, `fresh ${index}`)).toBe(1);
    expect(times(20, sixty, 'flooder')).toBe(0);
    // Its twin: whoever owes as little as the flood is forgotten with it.
    expect(times(1, sixty, 'light')).toBe(1);
    for (let index = 0; index < 20_000; index += 1) times(1, sixty, `more ${index}`);
    expect(times(20, sixty, 'light')).toBe(10);
  });

  test('remember for a time, and no more than they may', () => {
    const { counters, pass } = start(3);
    counters.mark('a', 10);
    expect(counters.isMarked('a')).toBe(true);
    pass(10_000);
    expect(counters.isMarked('a')).toBe(false);
    for (const key of ['b', 'c', 'd', 'e']) counters.mark(key, 10);
    expect(['b', 'c', 'd', 'e'].map((key) => counters.isMarked(key))).toEqual([false, true, true, true]);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemorySignals } from '../signals.js';
import { createPolicy, stricterPolicy } from './limit-policy.js';
import { createMemoryCounters } from './memory-counters.js';
import { createStandbyCounters, type RemoteCounters } from './standby-counters.js';

const ten = createPolicy('ten', { burst: 10, amount: 1, perSeconds: 3600 });
const taking = [{ key: 'k', policy: ten }];

/** Counters that do what they are told, and say how often they were asked. */
function createRemote(now: () => number) {
  const counters = createMemoryCounters({ clock: { now } });
  let mood: 'there' | 'refuses' | 'hangs' = 'there';
  const asked = { take: 0, other: 0 };
  const answer = async <T>(kind: keyof typeof asked, value: () => T): Promise<T> => {
    asked[kind] += 1;
    if (mood === 'refuses') throw new Error('connection refused');
    if (mood === 'hangs') return new Promise<never>(() => undefined);
    return value();
  };
  const remote: RemoteCounters = {
    take: (takings) => answer('take', () => counters.take(takings)),
    giveBack: (takings) => answer('other', () => counters.giveBack(takings)),
    clear: (takings) => answer('other', () => counters.clear(takings)),
    mark: (key, seconds) => answer('other', () => counters.mark(key, seconds)),
    isMarked: (key) => answer('other', () => counters.isMarked(key)),
    ping: () => answer('other', () => undefined),
  };
  const be = (next: typeof mood) => {
    mood = next;
  };
  return { remote, asked, be };
}

function start() {
  const now = () => 1_800_000_000_000;
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const signals = createMemorySignals();
  const { remote, asked, be } = createRemote(now);
  const counters = createStandbyCounters({
    ...{ shared: remote, local: createMemoryCounters({ clock: { now } }), alone: stricterPolicy, signals },
    ...{ what: 'the shared place', aloneBy: 'half of the numbers' },
    log: { info: note, warn: note, error: note },
  });
  const passed = async (count: number) => {
    const all = await Promise.all(Array.from({ length: count }, async () => counters.take(taking)));
    return all.filter(([taken]) => taken?.allowed).length;
  };
  const gauge = () => signals.read().find(({ name }) => name === 'agentflow_limits_alone')?.count ?? 0;
  return { counters, asked, be, lines, passed, gauge };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('counters that stand by', () => {
  test('count with the others while those are there', async () => {
    const { passed, asked, lines, gauge } = start();
    expect(await passed(50)).toBe(10);
    expect([asked.take, lines, gauge()]).toEqual([50, [], 0]);
  });

  test('say at the start that the others are not there, and nothing where they are', async () => {
    const { counters, be, lines } = start();
    await counters.start();
    expect(lines).toEqual([]);
    be('refuses');
    await counters.start();
    expect([counters.isAlone, lines]).toEqual([
      true,
      [expect.stringContaining('cannot be asked (connection refused)')],
    ]);
  });

  test('count alone and stricter as soon as the others refuse, and together again once they are back', async () => {
    const { passed, asked, be, lines, gauge, counters } = start();
    be('refuses');
    expect(await passed(50)).toBe(5);
    const askedOnce = asked.take;
    expect(await passed(50)).toBe(0);
    expect(asked.take).toBe(askedOnce);
    expect([counters.isAlone, gauge(), lines.length]).toEqual([true, 1, 1]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([counters.isAlone, lines.length]).toEqual([true, 1]);
    be('there');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([counters.isAlone, gauge()]).toEqual([false, 0]);
    expect(await passed(50)).toBe(10);
    expect(lines).toEqual([
      'the shared place cannot be asked (connection refused): this process counts by itself, by half of the numbers, until it is back',
      'the shared place is back: all count together again',
    ]);
  });

  test('wait for those that hang once, and not with every request', async () => {
    const { passed, asked, be, counters } = start();
    be('hangs');
    const waiting = passed(50);
    // All that is waited for is here: nothing answers by itself.
    await vi.advanceTimersByTimeAsync(50);
    expect(await waiting).toBe(5);
    expect(asked.take).toBe(50);
    await vi.advanceTimersByTimeAsync(100);
    // No timer moves now, so whatever waited would never end.
    expect(await passed(1000)).toBe(0);
    expect(asked.take).toBe(50);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(counters.isAlone).toBe(true);
    // One question at a time, and never faster than they may be asked.
    expect(asked.other).toBeLessThanOrEqual(30_000 / 250);
    be('there');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await passed(50)).toBe(10);
  });

  test('wait for nobody twice, and give nobody up for one answer that was late', async () => {
    const { passed, be, counters, lines, asked } = start();
    be('hangs');
    const waiting = passed(1);
    await vi.advanceTimersByTimeAsync(31);
    expect([await waiting, counters.isAlone]).toEqual([1, false]);
    // No timer moves now: who comes in the meantime is counted here.
    expect([await passed(1), asked.take]).toEqual([1, 1]);
    be('there');
    await vi.advanceTimersByTimeAsync(50);
    expect([await passed(1), asked.take, counters.isAlone, lines.length]).toEqual([1, 2, false, 0]);
    be('hangs');
    const again = passed(1);
    await vi.advanceTimersByTimeAsync(100);
    expect([await again, counters.isAlone, lines.length]).toEqual([1, true, 1]);
  });

  test('never let everybody pass, nor nobody, however often the others come and go', async () => {
    const { passed, be } = start();
    let total = 0;
    for (let index = 0; index < 20; index += 1) {
      be(index % 2 === 0 ? 'refuses' : 'there');
      await vi.advanceTimersByTimeAsync(1_000);
      total += await passed(100);
    }
    // What the others let pass, and what this process does: each once.
    expect(total).toBe(15);
  });

  test('give back, and begin anew, by the same numbers that they count by alone', async () => {
    const { passed, be, counters } = start();
    be('refuses');
    expect([await passed(50), await passed(50)]).toEqual([5, 0]);
    await counters.giveBack(taking);
    expect(await passed(50)).toBe(1);
    await counters.clear(taking);
    expect(await passed(50)).toBe(5);
  });

  test('know who was known before the others went away', async () => {
    const { counters, be } = start();
    await counters.mark('alice', 3600);
    be('refuses');
    expect(await counters.isMarked('alice')).toBe(true);
    expect(await counters.isMarked('bob')).toBe(false);
  });
});

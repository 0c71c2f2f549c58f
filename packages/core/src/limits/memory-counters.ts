import type { Clock } from '../clock.js';
import type { Counters, Taken, Taking } from './counters.js';
import { count, uncount } from './gcra.js';

export interface MemoryCountersOptions {
  readonly clock: Clock;
  /** How many keys are kept, at most. */
  readonly maxEntries?: number;
}

/** Answers at once. */
export interface MemoryCounters extends Counters {
  take(takings: readonly Taking[]): readonly Taken[];
  giveBack(takings: readonly Taking[]): void;
  clear(takings: readonly Pick<Taking, 'key' | 'policy'>[]): void;
  mark(key: string, seconds: number): void;
  isMarked(key: string): boolean;
}

/** Among how many the one is found that is forgotten. */
const sampleSize = 8;

/**
 * Counts within this process. A limit that is whole again needs no entry. Beyond `maxEntries` something has to be forgotten: of the eight
 * oldest, the one that has the least to lose, and the others become the youngest. What a flood of fresh keys pushes out is therefore the
 * flood itself, whose every key owes one interval; to have an exhausted limit forgotten, one would have to exhaust more others than there
 * are entries.
 */
export function createMemoryCounters({ clock, maxEntries = 100_000 }: MemoryCountersOptions): MemoryCounters {
  const arrivals = new Map<string, number>();
  const marks = new Map<string, number>();

  function keep(id: string, arrival: number, now: number): void {
    if (!arrivals.has(id) && arrivals.size >= maxEntries) forgetOne(now);
    arrivals.set(id, arrival);
  }

  function forgetOne(now: number): void {
    const oldest: [string, number][] = [];
    for (const entry of arrivals) {
      if (entry[1] <= now) {
        arrivals.delete(entry[0]);
        return;
      }
      oldest.push(entry);
      if (oldest.length === sampleSize) break;
    }
    const least = Math.min(...oldest.map(([, arrival]) => arrival));
    let isForgotten = false;
    for (const [id, arrival] of oldest) {
      arrivals.delete(id);
      if (isForgotten || arrival > least) arrivals.set(id, arrival);
      else isForgotten = true;
    }
  }

  return {
    take(takings) {
      const now = clock.now() * 1000;
      const counted = takings.map((taking) => {
        return count(arrivals.get(idOf(taking)), now, taking.policy, taking.cost ?? 1);
      });
      const passes = counted.every(({ taken }) => taken.allowed);
      return counted.map(({ taken, next }, index) => {
        const taking = takings[index] as Taking;
        const id = idOf(taking);
        if (passes) {
          if (taking.cost !== 0) keep(id, next, now);
          return taken;
        }
        // Nothing is counted, so each stands where it stood, but for what only a clock that was put back can have left.
        const arrival = arrivals.get(id);
        if (taken.allowed) return count(arrival, now, taking.policy, 0).taken;
        if (arrival !== undefined && arrival > next) arrivals.set(id, next);
        return taken;
      });
    },
    giveBack(takings) {
      const now = clock.now() * 1000;
      for (const { key, policy, cost = 1 } of takings) {
        const id = idOf({ key, policy });
        const arrival = uncount(arrivals.get(id), now, policy, cost);
        if (arrival === undefined) arrivals.delete(id);
        else arrivals.set(id, arrival);
      }
    },
    clear(takings) {
      for (const one of takings) arrivals.delete(idOf(one));
    },
    mark(key, seconds) {
      marks.delete(key);
      marks.set(key, clock.now() + seconds * 1000);
      if (marks.size <= maxEntries) return;
      const oldest = marks.keys().next();
      if (oldest.done !== true) marks.delete(oldest.value);
    },
    isMarked(key) {
      return (marks.get(key) ?? 0) > clock.now();
    },
  };
}

function idOf({ key, policy }: Pick<Taking, 'key' | 'policy'>): string {
  return `${policy.name} ${key}`;
}

import type { Clock } from '@agentflow/core';

/** For how long the files have held what is not loaded. */
export interface Staleness {
  /** They do: counts from the first time until `end`. */
  begin(): void;
  end(): void;
  /** When it began, in milliseconds since the epoch; undefined where what they hold is loaded. */
  since(): number | undefined;
  /** Whether it has lasted for longer than it may. */
  isOver(): boolean;
}

export function createStaleness(clock: Clock, maxMilliseconds: number): Staleness {
  let stale: { readonly since: number; seen: number; age: number } | undefined;
  return {
    begin() {
      const now = clock.now();
      stale ??= { since: now, seen: now, age: 0 };
    },
    end() {
      stale = undefined;
    },
    since: () => stale?.since,
    isOver() {
      if (stale === undefined) return false;
      const now = clock.now();
      // A clock that is set back adds nothing, and takes away nothing: what was too old stays so.
      stale.age += Math.max(0, now - stale.seen);
      stale.seen = now;
      return stale.age >= maxMilliseconds;
    },
  };
}

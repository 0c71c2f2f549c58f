import type { Taken } from './counters.js';
import type { LimitPolicy } from './limit-policy.js';

/**
 * The generic cell rate algorithm (ITU-T I.371, "virtual scheduling"). Of each key one number is kept: the theoretical arrival time, by which
 * all that has passed would have passed at the steady rate. How far it lies ahead of now is the debt; a debt of `burst` intervals is the
 * limit. All in whole microseconds.
 */
export interface Counted {
  readonly taken: Taken;
  /** To be kept if it passes, and if all that is taken with it does. */
  readonly next: number;
}

/** `arrival` is what was kept, if anything. A cost of 0 asks whether one would pass. */
export function count(arrival: number | undefined, now: number, policy: LimitPolicy, cost: number): Counted {
  const { burst, intervalMicroseconds: interval } = policy;
  const most = burst * interval;
  const start = debtStart(arrival, now, most);
  const next = start + cost * interval;
  const over = start + Math.max(cost, 1) * interval - now - most;
  if (over > 0) return { next: start, taken: toTaken(false, start - now, policy, over) };
  return { next, taken: toTaken(true, next - now, policy, 0) };
}

/** What is kept once `cost` did not count after all; nothing where nothing is left of it. */
export function uncount(
  arrival: number | undefined,
  now: number,
  { burst, intervalMicroseconds }: LimitPolicy,
  cost: number,
): number | undefined {
  const less = debtStart(arrival, now, burst * intervalMicroseconds) - cost * intervalMicroseconds;
  return less > now ? less : undefined;
}

/** A clock that was put back must not leave anybody waiting for longer than an exhausted limit does. */
function debtStart(arrival: number | undefined, now: number, most: number): number {
  return arrival === undefined || arrival <= now ? now : Math.min(arrival, now + most);
}

/** `debt` and `over` in microseconds. */
export function toTaken(allowed: boolean, debt: number, policy: LimitPolicy, over: number): Taken {
  return {
    allowed,
    remaining: Math.max(0, Math.floor(policy.burst - debt / policy.intervalMicroseconds)),
    resetSeconds: Math.ceil(debt / 1_000_000),
    retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil(over / 1_000_000)),
  };
}

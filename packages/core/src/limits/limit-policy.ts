/**
 * How many may pass: `burst` at once, and from then on one more each `intervalMicroseconds`. So in any span of time of `s` microseconds at
 * most `burst + floor(s / intervalMicroseconds)` pass, wherever it begins: there are no windows, and so no edge of one where twice as many
 * could.
 */
export interface LimitPolicy {
  /** A word of ours, which callers read in header fields. */
  readonly name: string;
  /** A whole number, at least 1. */
  readonly burst: number;
  /** A whole number, at least 1: whole numbers below 2^53 are exact, in Redis too. */
  readonly intervalMicroseconds: number;
}

export interface Rate {
  /** How many pass at once. */
  readonly burst: number;
  /** How many may go on passing within `perSeconds`. */
  readonly amount: number;
  readonly perSeconds: number;
}

export function createPolicy(name: string, { burst, amount, perSeconds }: Rate): LimitPolicy {
  return { name, burst, intervalMicroseconds: Math.max(1, Math.ceil((perSeconds * 1_000_000) / amount)) };
}

/** For a process that counts alone what several should count together: half of it. */
export function stricterPolicy({ name, burst, intervalMicroseconds }: LimitPolicy): LimitPolicy {
  return { name, burst: Math.ceil(burst / 2), intervalMicroseconds: intervalMicroseconds * 2 };
}

/** In how many seconds an exhausted limit is whole again. */
export function windowSeconds({ burst, intervalMicroseconds }: LimitPolicy): number {
  return Math.ceil((burst * intervalMicroseconds) / 1_000_000);
}

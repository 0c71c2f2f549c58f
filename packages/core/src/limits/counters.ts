import type { LimitPolicy } from './limit-policy.js';

/** Something that is to count against a limit. */
export interface Taking {
  /** Whose limit. The same key under another policy is another limit. Never a credential, or anything else that is secret. */
  readonly key: string;
  readonly policy: LimitPolicy;
  /** How much it counts, at most the policy's burst; 1 if absent. 0 asks whether one would pass, and counts nothing. */
  readonly cost?: number;
}

/** Where a limit stands by now. */
export interface Taken {
  readonly allowed: boolean;
  /** How many would pass at once. */
  readonly remaining: number;
  /** Until the limit is whole again, if nothing else counts. Whole seconds. */
  readonly resetSeconds: number;
  /** Until it would pass: whole seconds, at least 1; 0 where it is allowed. */
  readonly retryAfterSeconds: number;
}

/**
 * Counts against limits, sliding: {@link LimitPolicy} says exactly how many pass. In memory it answers at once; where several processes
 * count together, later.
 */
export interface Counters {
  /**
   * All of them or none: where one does not pass, nothing is counted against the others. Of any number of parallel takings of a fresh
   * limit exactly `burst` pass.
   */
  take(takings: readonly Taking[]): readonly Taken[] | Promise<readonly Taken[]>;
  /** What was taken did not count after all. */
  giveBack(takings: readonly Taking[]): void | Promise<void>;
  /** The limits are whole again. */
  clear(takings: readonly Pick<Taking, 'key' | 'policy'>[]): void | Promise<void>;
  /** Remembers for so many seconds that something was. */
  mark(key: string, seconds: number): void | Promise<void>;
  isMarked(key: string): boolean | Promise<boolean>;
}

import type { Clock } from '@agentflow/core';

const minuteMilliseconds = 60_000;

/** How often a provider is asked for what changes seldom. */
export interface FetchBudget {
  /** Whether there may be another fetch now. */
  isLeft(): boolean;
  /** Takes one, whether or not it is left. */
  take(): void;
}

export function createFetchBudget(perMinute: number, clock: Clock): FetchBudget {
  let taken: number[] = [];
  return {
    isLeft() {
      const begin = clock.now() - minuteMilliseconds;
      taken = taken.filter((time) => time > begin);
      return taken.length < perMinute;
    },
    take() {
      taken.push(clock.now());
    },
  };
}

/** As often as not it is back within a second; and somebody who is away for long is asked four times a minute. In milliseconds. */
const [firstPause, longestPause] = [1_000, 15_000];

/** How long nobody is asked again after so many failures in a row. */
export function pauseAfter(failures: number): number {
  return Math.min(firstPause * 2 ** (failures - 1), longestPause);
}

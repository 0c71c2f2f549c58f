import type { Clock } from '@agentflow/core';

/** A clock that is moved by hand. */
export interface ManualClock extends Clock {
  /** In milliseconds since the epoch. */
  set(now: number): void;
}

export function createManualClock(start: number): ManualClock {
  let time = start;
  return {
    now: () => time,
    set: (now) => {
      time = now;
    },
  };
}

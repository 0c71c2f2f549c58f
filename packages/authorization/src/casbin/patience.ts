import { DeadlineError, withDeadline } from '@agentflow/core';

/** Waits for a piece of work, but not for ever. */
export type Patience = <T>(work: () => Promise<T>, what: string) => Promise<T>;

/**
 * Each piece of work has `milliseconds`. While `maxHanging` of them hang beyond that, no more are begun: what hangs in a file
 * keeps one of the four threads of libuv, which everybody else needs too.
 */
export function createPatience(milliseconds: number, maxHanging: number): Patience {
  let unsettled = 0;
  return async (work, what) => {
    if (unsettled >= maxHanging) throw new DeadlineError(`${what} did not answer within ${milliseconds} ms`);
    unsettled += 1;
    const working = (async () => {
      try {
        return await work();
      } finally {
        unsettled -= 1;
      }
    })();
    return withDeadline(working, milliseconds, what);
  };
}

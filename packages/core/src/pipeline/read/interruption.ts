/** What may end any wait. */
export interface Interruption {
  /** What is waited for, or undefined once the end has come. */
  or<T>(wait: Promise<T>): Promise<T | undefined>;
}

/**
 * Waits one after the other that all end when one promise settles. `Promise.race` would keep all that was ever waited for as long as that
 * promise: here, a whole upload.
 */
export function createInterruption(end: Promise<unknown>): Interruption {
  let isOver = false;
  let interrupt: (() => void) | undefined;
  const finish = () => {
    isOver = true;
    interrupt?.();
  };
  end.then(finish, finish);
  return {
    or: (wait) =>
      new Promise((resolve, reject) => {
        interrupt = () => resolve(undefined);
        if (isOver) resolve(undefined);
        wait.then(resolve, reject);
      }),
  };
}

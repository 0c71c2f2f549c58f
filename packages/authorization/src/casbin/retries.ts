/** A fault may pass without a change of the file: too many open files, a disk that does not answer. */
const longestPauseMilliseconds = 60_000;

/** When to try again what could not be loaded. */
export interface Retries {
  /** Asked once in each look: at once if the files have changed since, else ever more seldom, but each minute. */
  isDue(state: string): boolean;
  failed(state: string): void;
}

export function createRetries(intervalMilliseconds: number): Retries {
  const longestPause = Math.floor(longestPauseMilliseconds / intervalMilliseconds);
  /** Pauses are counted in looks: no clock that is set back makes them longer. */
  let tried: { readonly state: string; readonly pause: number; left: number } | undefined;
  return {
    isDue(state) {
      if (tried?.state !== state || tried.left === 0) return true;
      tried.left -= 1;
      return false;
    },
    failed(state) {
      const pause = Math.min(longestPause, tried?.state === state ? tried.pause * 2 + 1 : 1);
      tried = { state, pause, left: pause };
    },
  };
}

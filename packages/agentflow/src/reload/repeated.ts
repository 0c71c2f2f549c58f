/** Work that is done one at a time, and once more where it was asked for while it was done. */
export interface Repeated {
  /** Resolves once nobody waits for an answer. */
  ask(): Promise<void>;
  /** Of what is done now, if anything is. */
  ended(): Promise<void>;
}

export function createRepeated(work: () => Promise<void>, isOver: () => boolean): Repeated {
  let working: Promise<void> | undefined;
  let isAskedAgain = false;

  async function workUntilAnswered(): Promise<void> {
    do {
      isAskedAgain = false;
      await work();
    } while (isAskedAgain && !isOver());
  }

  return {
    ask() {
      isAskedAgain = working !== undefined;
      working ??= workUntilAnswered().finally(() => {
        working = undefined;
      });
      return working;
    },
    async ended() {
      await working;
    },
  };
}

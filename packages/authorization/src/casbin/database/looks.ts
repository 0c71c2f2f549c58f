/** Looks at something, one look at a time. */
export interface Looks {
  /** Joins the look that is under way, if there is one. */
  look(): Promise<void>;
  /** Resolves when a look that began after the call has ended well. */
  lookAfresh(): Promise<void>;
}

/** @param lookOnce is told whether it still is the last that was begun: what hung is given up, and comes back some time. */
export function createLooks(lookOnce: (isLast: () => boolean) => Promise<void>): Looks {
  let looking: Promise<void> | undefined;
  let begun = 0;

  function look(): Promise<void> {
    if (looking !== undefined) return looking;
    begun += 1;
    const number = begun;
    looking = lookOnce(() => number === begun).finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    look,
    async lookAfresh() {
      await looking?.catch(() => undefined);
      await look();
    },
  };
}

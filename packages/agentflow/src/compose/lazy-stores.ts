import type { Stores } from '@agentflow/core';

/** Stores that are opened by whoever first needs them, and once. */
export interface LazyStores {
  open(): Promise<Stores>;
  /** Of what was opened; nothing, where nobody has needed them. */
  close(): Promise<void>;
}

export function createLazyStores(open: () => Promise<Stores>): LazyStores {
  let opening: Promise<Stores> | undefined;
  return {
    open() {
      opening ??= open();
      return opening;
    },
    async close() {
      // What could not be opened has been told to whoever needed it.
      const opened = await opening?.catch(() => undefined);
      await opened?.close();
    },
  };
}

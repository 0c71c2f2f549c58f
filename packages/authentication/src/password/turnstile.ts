import { UnavailableError } from '@agentflow/core';

/** Lets so many in at once, and so many wait; the next is refused at once. */
export interface Turnstile {
  /** @throws {UnavailableError} where too many wait */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** @throws {UnavailableError} where too many wait */
  requireRoom(): void;
}

export function createTurnstile({
  width,
  maxWaiting,
}: {
  readonly width: number;
  readonly maxWaiting: number;
}): Turnstile {
  const waiting: (() => void)[] = [];
  let inside = 0;

  function requireRoom(): void {
    if (inside < width || waiting.length < maxWaiting) return;
    throw new UnavailableError({ reason: `more than ${maxWaiting} passwords wait to be hashed` });
  }

  function enter(): Promise<void> {
    if (inside < width) {
      inside += 1;
      return Promise.resolve();
    }
    requireRoom();
    return new Promise((resolve) => void waiting.push(resolve));
  }

  /** Whoever has waited longest takes the place. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) inside -= 1;
    else next();
  }

  return {
    requireRoom,
    async pass(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

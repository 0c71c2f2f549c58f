import { RequestError } from '../../errors.js';
import { createHeldPlaces } from '../../limits/held-places.js';
import type { OwnerKey } from '../../principal.js';
import type { Signals } from '../../signals.js';

/** The exports of this process that are being written: each holds the largest thing that it has read, and asks the database all the while. */
export interface OpenExports {
  /**
   * Counts another one, of what is kept of `owner`, until the function that it returns is called.
   * @throws {TooManyExportsError}
   */
  enter(owner: OwnerKey): () => void;
}

const policy = 'concurrent-exports';
const mostOfOne = 1;
const mostOfAll = 4;

/** Nobody knows when one of them ends. */
const retryAfterSeconds = 1;

/** 429: it passes as soon as another export has ended. */
export class TooManyExportsError extends RequestError {
  override readonly name = 'TooManyExportsError';
  constructor(message: string, most: number) {
    super('RATE_LIMIT_EXCEEDED', {
      message,
      reason: `more than the limit ${policy} lets pass`,
      // There is no window: what ends makes room.
      quota: { policies: [policy], retryAfterSeconds, limit: most, windowSeconds: 0 },
    });
  }
}

export function createOpenExports(signals: Signals): OpenExports {
  const places = createHeldPlaces();
  let all = 0;

  function refuse(message: string, most: number): never {
    signals.count('agentflow_limited_requests_total', { policy });
    throw new TooManyExportsError(message, most);
  }

  return {
    enter(owner) {
      if (places.of(owner) >= mostOfOne)
        refuse('This user is being exported already. Let that export end first.', mostOfOne);
      if (all >= mostOfAll) refuse('As many exports are under way as the server writes at once. Try again.', mostOfAll);
      const leave = places.take(owner);
      all += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        all -= 1;
        leave();
      };
    },
  };
}

import { RequestError } from '../../errors.js';
import { createHeldPlaces } from '../../limits/held-places.js';
import type { OwnerKey } from '../../principal.js';
import type { Signals } from '../../signals.js';

/** The runs of this process, with those that wait for a thread: each holds memory, and mostly a connection and a model. */
export interface OpenRuns {
  /**
   * Counts another one, until the function that it returns is called. `most` is of one principal; undefined for any number.
   * @throws {TooManyRunsError}
   */
  enter(owner: OwnerKey, most: number | undefined): () => void;
}

const policy = 'concurrent-runs';

/** Nobody knows when one of them ends. */
const retryAfterSeconds = 1;

/** 429: it passes as soon as another run of theirs has ended. */
export class TooManyRunsError extends RequestError {
  override readonly name = 'TooManyRunsError';
  constructor(most: number) {
    super('RATE_LIMIT_EXCEEDED', {
      message: `You have ${most} runs under way, as many as one may have. Let one end, or stop one first.`,
      reason: `more than the limit ${policy} lets pass`,
      // There is no window: what ends makes room.
      quota: { policies: [policy], retryAfterSeconds, limit: most, windowSeconds: 0 },
    });
  }
}

export function createOpenRuns(signals: Signals): OpenRuns {
  const places = createHeldPlaces();
  return {
    enter(owner, most) {
      if (most !== undefined && places.of(owner) >= most) {
        signals.count('agentflow_limited_requests_total', { policy });
        throw new TooManyRunsError(most);
      }
      return places.take(owner);
    },
  };
}

import { RateLimitedError } from '../../errors.js';
import type { Counters, Taken, Taking } from '../../limits/counters.js';
import type { LimitPolicy } from '../../limits/limit-policy.js';
import type { Signals } from '../../signals.js';

/** Where a limit stands that a request has counted against, or that did not let it pass. */
export interface LimitStanding {
  readonly policy: LimitPolicy;
  readonly taken: Taken;
}

/** What a request has counted against so far: told with its answer. */
export interface LimitedRequest {
  limits?: readonly LimitStanding[];
}

/**
 * Counts a request against all of these limits or none, and notes where they stand. At once, where the counters answer at once.
 * @throws {RateLimitedError}
 */
export type CountRequest = (takings: readonly Taking[], record: LimitedRequest) => void | Promise<void>;

export function createCountRequest(counters: Counters, signals: Signals): CountRequest {
  function settle(takings: readonly Taking[], taken: readonly Taken[], record: LimitedRequest): void {
    const standings = takings.map(({ policy }, index): LimitStanding => ({ policy, taken: taken[index] as Taken }));
    if (taken.every(({ allowed }) => allowed)) {
      const counted = standings.filter((_one, index) => takings[index]?.cost !== 0);
      record.limits = record.limits === undefined ? counted : record.limits.concat(counted);
      return;
    }
    const violated = standings.filter((one) => !one.taken.allowed);
    record.limits = violated;
    for (const { policy } of violated) signals.count('agentflow_limited_requests_total', { policy: policy.name });
    throw new RateLimitedError({
      retryAfterSeconds: Math.max(...violated.map((one) => one.taken.retryAfterSeconds)),
      violated: violated.map(({ policy }) => policy),
    });
  }

  return (takings, record) => {
    if (takings.length === 0) return undefined;
    const taken = counters.take(takings);
    if (!(taken instanceof Promise)) return settle(takings, taken, record);
    return taken.then((late) => settle(takings, late, record));
  };
}

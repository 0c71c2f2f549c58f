import { type Clock, formatTime, type Log, UnavailableError } from '@agentflow/core';
import { type FetchBudget, pauseAfter } from './fetch-budget.js';

/** Times in milliseconds. */
export interface KeepingRules {
  /** Names it in the log: "the keys of https://issuer.example". */
  readonly what: string;
  /** How long it is used without a look at whether it has changed. */
  readonly cacheMilliseconds: number;
  /** How much longer where there is no telling. */
  readonly maxStaleMilliseconds: number;
  /** How often it is looked for anew, at most, because something is not in it. */
  readonly cooldownMilliseconds: number;
  readonly budget: FetchBudget;
}

/** Something of a provider's that changes seldom, as it was last fetched. */
export interface KeptDocument<T> {
  /** @throws {UnavailableError} where it is not known, or not recently enough */
  current(): Promise<T>;
  /**
   * A newer one than `known`, which lacks something; undefined where it is too soon to look again, so that nobody else waits or is asked
   * because of whoever names what is not there.
   * @throws {UnavailableError} where it should be looked for, and cannot be fetched
   */
  newer(known: T): Promise<T | undefined>;
}

/** As it was fetched, and when: milliseconds since the epoch. */
export interface Kept<T> {
  readonly value: T;
  readonly fetchedAt: number;
}

/** What outlives the one that has fetched it. */
export interface Handover<T> {
  readonly take: () => Kept<T> | undefined;
  readonly give: (kept: Kept<T>) => void;
}

/**
 * Keeps what `load` fetches: one fetch at a time however many ask, within a budget, with longer and longer pauses while it fails. While the
 * provider is away, what is known is used until it is too old, and nobody waits who can go on with it.
 */
export function createKeptDocument<T>(
  load: () => Promise<T>,
  { what, cacheMilliseconds, maxStaleMilliseconds, cooldownMilliseconds, budget }: KeepingRules,
  { clock, log, handover }: { readonly clock: Clock; readonly log: Log; readonly handover?: Handover<T> | undefined },
): KeptDocument<T> {
  let kept = handover?.take();
  let failures = 0;
  let lastFailure = '';
  let lastAttemptAt = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<void> | undefined;

  async function attempt(): Promise<void> {
    lastAttemptAt = clock.now();
    try {
      kept = { value: await load(), fetchedAt: clock.now() };
      handover?.give(kept);
      if (failures > 0) log.info({ failures }, `${what} can be fetched again`);
      failures = 0;
    } catch (error) {
      failures += 1;
      lastFailure = error instanceof Error ? error.message : 'unknown error';
      tellFailure();
    }
  }

  function tellFailure(): void {
    const until = usableUntil();
    const consequence =
      until > clock.now()
        ? `those that are known are used until ${formatTime(until)}`
        : 'whoever presents what needs them is answered 503';
    log.error({ reason: lastFailure, failures }, `${what} cannot be fetched: ${lastFailure}; ${consequence}`);
  }

  const freshUntil = () => (kept === undefined ? Number.NEGATIVE_INFINITY : kept.fetchedAt + cacheMilliseconds);
  const usableUntil = () => freshUntil() + maxStaleMilliseconds;
  const mayFetch = () =>
    (failures === 0 || clock.now() >= lastAttemptAt + pauseAfter(failures)) &&
    (inFlight !== undefined || budget.isLeft());

  function fetchOnce(): Promise<void> {
    inFlight ??= attempt().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  function unavailable(): UnavailableError {
    return new UnavailableError({ reason: `${what} are not known: ${lastFailure || 'they were asked for too often'}` });
  }

  return {
    async current() {
      if (kept !== undefined && clock.now() < freshUntil()) return kept.value;
      if (inFlight !== undefined || mayFetch()) {
        const isAway = failures > 0;
        const flight = fetchOnce();
        if (!isAway || clock.now() >= usableUntil()) await flight;
      }
      if (kept !== undefined && clock.now() < usableUntil()) return kept.value;
      throw unavailable();
    },
    async newer(known) {
      if (kept !== undefined && kept.value !== known) return kept.value;
      if (inFlight === undefined) {
        const isTooSoon = clock.now() < lastAttemptAt + cooldownMilliseconds || !mayFetch();
        if (isTooSoon && failures > 0) throw unavailable();
        if (isTooSoon) return undefined;
      }
      await fetchOnce();
      if (failures > 0) throw unavailable();
      return kept?.value;
    },
  };
}

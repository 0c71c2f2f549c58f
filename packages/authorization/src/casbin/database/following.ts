import {
  type ChangeFeed,
  type Clock,
  type Log,
  type PolicyStore,
  type Readiness,
  type StoredPolicy,
  type StoredPolicyChange,
  UnavailableError,
  withDeadline,
} from '@agentflow/core';
import { createRetries } from '../retries.js';
import { createStaleness } from '../staleness.js';
import { createFollowingReport } from './following-report.js';
import { createHeldValue, type Held, type HeldValueOptions } from './held-value.js';
import { createLooks } from './looks.js';

export interface FollowingOptions<T> extends HeldValueOptions<T> {
  readonly store: Pick<PolicyStore, 'read' | 'changesSince'>;
  readonly feed: ChangeFeed;
  /** @throws {Error} if the lines are not good */
  readonly build: (stored: StoredPolicy) => Promise<T>;
  /** Does in turns what takes long of applying changes, which itself takes none. */
  readonly readAhead?: (value: T, changes: readonly StoredPolicyChange[]) => Promise<void>;
  /** How old what decides may be at most, while the database answers. */
  readonly intervalMilliseconds: number;
  /** For how long the last good one may stay in force while the database does not answer, or holds what is not good. */
  readonly maxStalenessMilliseconds: number;
  /** Told of each change that was made elsewhere, once it decides. */
  readonly onChange?: (() => void) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is made of a policy in the database, and follows each of its changes, whoever makes it. */
export interface Following<T> {
  /** @throws {UnavailableError} once it could not be brought up to date for too long */
  current(): Held<T>;
  ready(): Readiness;
  /**
   * Has seen, when it resolves, all that was in the database when it was called.
   * @throws {UnavailableError} if it could not
   */
  catchUp(): Promise<void>;
  /** A change that was made here, whose lines are known: it decides from now on. */
  take(change: StoredPolicyChange): void;
  close(): void;
}

const lookMilliseconds = 10_000;

/** @throws {Error} if the policy at start cannot be read, or is not good */
export async function createFollowing<T>(options: FollowingOptions<T>): Promise<Following<T>> {
  const staleness = createStaleness(options.clock, options.maxStalenessMilliseconds);
  const report = createFollowingReport(staleness, options.log);
  const held = createHeldValue(await readAll(options), options);
  const retries = createRetries(options.intervalMilliseconds / 2);
  let settled = 0;
  let isClosed = false;

  const looks = createLooks(async (isLast) => {
    const { revision } = held.current();
    try {
      await withDeadline(bringUpToDate(held, options, isLast), lookMilliseconds, 'the policy in the database');
      settled += 1;
      staleness.end();
      report.settled();
      if (held.current().revision !== revision) options.onChange?.();
    } catch (error) {
      // Whoever closes this closes the database next.
      if (isClosed) throw unavailable(error);
      staleness.begin();
      // A database that is away costs little to ask, and what it holds may be new when it is back.
      if (!(error instanceof UnavailableError)) retries.failed(String(settled));
      report.failed(error);
      throw unavailable(error);
    }
  });

  // What goes wrong is in the report.
  const ignore = () => undefined;
  const stopListening = options.feed.listen('policy', () => void looks.lookAfresh().catch(ignore));
  // Word may be lost: whoever looks twice within the time is never late.
  const timer = setInterval(() => {
    if (retries.isDue(String(settled))) void looks.look().catch(ignore);
  }, options.intervalMilliseconds / 2);
  timer.unref();
  return {
    current() {
      const refusal = report.refusal();
      if (refusal !== undefined) throw new UnavailableError({ reason: refusal });
      return held.current();
    },
    ready: () => report.refusal() ?? true,
    catchUp: () => looks.lookAfresh(),
    take(change) {
      if (change.revision === held.current().revision + 1) held.apply([change]);
    },
    close() {
      isClosed = true;
      clearInterval(timer);
      stopListening();
    },
  };
}

/** Whoever asked for it is told no more than that: nothing is wrong with their request. */
function unavailable(error: unknown): UnavailableError {
  if (error instanceof UnavailableError) return error;
  return new UnavailableError({ reason: error instanceof Error ? error.message : 'unknown error', cause: error });
}

type Reading<T> = Pick<FollowingOptions<T>, 'store' | 'build' | 'readAhead'>;

async function readAll<T>({ store, build }: Reading<T>): Promise<Held<T>> {
  const stored = await store.read();
  return { revision: stored.revision, value: await build(stored) };
}

async function bringUpToDate<T>(
  held: ReturnType<typeof createHeldValue<T>>,
  options: Reading<T>,
  isLast: () => boolean,
): Promise<void> {
  for (;;) {
    const { revision, value } = held.current();
    const changes = await options.store.changesSince(revision);
    await options.readAhead?.(value, changes ?? []);
    if (!isLast()) return;
    // A change was made here meanwhile: others may have been made after it.
    if (held.current().revision !== revision) continue;
    if (changes !== undefined && applies(held, changes)) return;
    const next = await readAll(options);
    if (!isLast()) return;
    if (held.current().revision !== revision) continue;
    held.replace(next);
    return;
  }
}

/** What is not good here may have been taken back since: then it can be gone past, though not through. */
function applies<T>(held: ReturnType<typeof createHeldValue<T>>, changes: readonly StoredPolicyChange[]): boolean {
  try {
    held.apply(changes);
    return true;
  } catch {
    // Whatever is still wrong with it is told by whoever reads all of it.
    return false;
  }
}

import type { Clock, Log, Readiness } from '@agentflow/core';
import { stateOf } from './file-state.js';
import { createPatience } from './patience.js';
import { createReloadReport, type ReloadReport } from './reload-report.js';
import { createRetries } from './retries.js';
import { createStaleness, type Staleness } from './staleness.js';

/** Something that is read from files, and read again when they change. */
export interface Reloading<T> {
  /**
   * The last that was good.
   * @throws {Error} once the files have held something else for too long that cannot be loaded
   */
  current(): T;
  /** Whether `current` answers. */
  ready(): Readiness;
  /** Looks at the files once; called by the clock of the process, and by tests. */
  look(): Promise<void>;
  close(): void;
}

export interface ReloadingOptions<T> {
  readonly files: readonly string[];
  /** @throws {ConfigurationError} if what the files hold is not good */
  readonly load: () => Promise<T>;
  readonly intervalMilliseconds: number;
  /** For how long the last good one may stay in force while the files hold what cannot be loaded. */
  readonly maxStalenessMilliseconds: number;
  /** What the files take longer for hangs. Absent: half a minute, where the most rules that are taken need a second or two. */
  readonly deadlineMilliseconds?: number | undefined;
  readonly onChange?: (() => void) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** For what decides nothing, and is told of in other words. */
  readonly createReport?: ((files: readonly string[], staleness: Staleness, log: Log) => ReloadReport) | undefined;
}

/** Together with one that looks, they leave the fourth thread of libuv to everybody else, should the disk hang. */
const maxHangingLoads = 2;

/**
 * Loads, and keeps what is loaded until the files have changed, have stood still between two looks, and are good. A file
 * that is half written is therefore not read, and a faulty one changes nothing but the log, until it has been faulty for too
 * long: then nothing is in force.
 * @throws {ConfigurationError} if they are not good at start
 */
export async function createReloading<T>(options: ReloadingOptions<T>): Promise<Reloading<T>> {
  const { files, load, intervalMilliseconds, log } = options;
  const { deadlineMilliseconds = 30_000, createReport = createReloadReport } = options;
  const staleness = createStaleness(options.clock, options.maxStalenessMilliseconds);
  const report = createReport(files, staleness, log);
  const retries = createRetries(intervalMilliseconds);
  const waitForState = createPatience(deadlineMilliseconds, 1);
  const readState = () => waitForState(() => stateOf(files), 'the disk of the policy');
  let waitForLoad = createPatience(deadlineMilliseconds, maxHangingLoads);

  // Taken before they are read: a change meanwhile is seen by the first look.
  let loaded = await readState();
  let seen = loaded;
  let current = await waitForLoad(load, 'loading the policy');
  let isLooking = false;

  function settle(isNew: boolean): void {
    staleness.end();
    report.settled(isNew);
  }

  async function loadOnce(state: string): Promise<void> {
    const next = await waitForLoad(load, 'loading the policy');
    // Changed while it was read: it may be half of the one and half of the other.
    if ((await readState()) !== state) return;
    loaded = state;
    current = next;
    settle(true);
    options.onChange?.();
  }

  async function lookOnce(): Promise<void> {
    const state = await readState();
    if (state === loaded) {
      seen = state;
      settle(false);
      return;
    }
    staleness.begin();
    if (state !== seen) {
      seen = state;
      // What hangs in another state of the files says nothing of this one.
      waitForLoad = createPatience(deadlineMilliseconds, maxHangingLoads);
      report.moved();
    } else if (retries.isDue(state)) {
      await loadOnce(state);
    }
  }

  async function look(): Promise<void> {
    // Also while another look hangs.
    report.tellRefusal();
    if (isLooking) return;
    isLooking = true;
    try {
      await lookOnce();
    } catch (error) {
      staleness.begin();
      retries.failed(seen);
      report.failed(seen, error);
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), intervalMilliseconds);
  timer.unref();
  return {
    current() {
      const refusal = report.refusal();
      if (refusal !== undefined) throw new Error(refusal);
      return current;
    },
    ready: () => report.refusal() ?? true,
    look,
    close: () => clearInterval(timer),
  };
}

import { toPrintable } from '../control-characters.js';
import { DeadlineError } from '../deadline.js';
import type { Log } from '../log.js';
import type { Signals } from '../signals.js';
import type { Counters, Taking } from './counters.js';
import type { LimitPolicy } from './limit-policy.js';

/** Counters that this process does not count alone, and that may be away. */
export interface RemoteCounters extends Counters {
  /** Rejects if it cannot be asked. */
  ping(): Promise<void>;
}

export interface StandbyCountersOptions {
  readonly shared: RemoteCounters;
  /** What people call the shared ones: no secret. */
  readonly what: string;
  /** By which numbers this process counts while it is alone, in words. */
  readonly aloneBy: string;
  /** Of this process. */
  readonly local: Counters;
  /** By which limits this process counts while it is alone. */
  readonly alone: (policy: LimitPolicy) => LimitPolicy;
  readonly log: Log;
  readonly signals: Signals;
  /** How long somebody waits for the shared counters. */
  readonly deadlineMilliseconds?: number | undefined;
}

export interface StandbyCounters extends Counters {
  /** Whether this process counts by itself. */
  readonly isAlone: boolean;
  /** Finds out whether the shared counters can be reached, and says so where they cannot. */
  start(): Promise<void>;
  close(): void;
}

/** Whoever waits for the shared counters and in vain, still has an answer within 50 ms. */
const defaultDeadlineMilliseconds = 30;
/** How long until they are asked again whether they are back. */
const probeMilliseconds = 250;

/** An answer that is late is nothing yet: so often they are asked again at once, before anything is said about it. */
const secondChances = 2;

/** In which a deadline is waited for. */
const steps = 3;

/** By how much it may take longer, where this process has not had its turn. */
const patience = 1.4;

/** Whether others can be reached, found out by asking them. */
interface Watch {
  /** Whether they are asked at all. */
  readonly isTogether: boolean;
  readonly isAlone: boolean;
  /** By the others if they answer in time, else by this process. */
  ask<T>(remote: () => T | Promise<T>, own: () => T | Promise<T>): Promise<T>;
  close(): void;
}

/**
 * One call that fails, or is not answered in time, is enough that nobody else waits for them. Whoever was merely late is asked again at once,
 * and that is all there was to it, if they answer. Else this process is alone, says so, and asks one question at a time until they are back.
 */
function watch(options: StandbyCountersOptions): Watch {
  const { shared, what, aloneBy, log, signals } = options;
  const { deadlineMilliseconds = defaultDeadlineMilliseconds } = options;
  let state: 'together' | 'in doubt' | 'alone' | 'closed' = 'together';
  let probe: NodeJS.Timeout | undefined;

  const doTheyAnswer = () =>
    inTime(shared.ping(), deadlineMilliseconds).then(
      () => true,
      () => false,
    );

  async function doubt(error: unknown): Promise<void> {
    if (state !== 'together') return;
    state = 'in doubt';
    if (error instanceof DeadlineError) {
      for (let chance = 0; chance < secondChances; chance += 1) {
        if (!(await doTheyAnswer())) continue;
        if (state === 'in doubt') state = 'together';
        return;
      }
    }
    if (state === 'in doubt') goAlone(error);
  }

  function goAlone(error: unknown): void {
    state = 'alone';
    signals.shift('agentflow_limits_alone', 1);
    const reason = error instanceof Error ? error.message : 'unknown error';
    log.warn(
      { reason },
      `${what} cannot be asked (${toPrintable(reason)}): this process counts by itself, by ${aloneBy}, until it is back`,
    );
    lookLater();
  }

  function lookLater(): void {
    probe = setTimeout(() => void look(), probeMilliseconds).unref();
  }

  async function look(): Promise<void> {
    const isBack = await doTheyAnswer();
    if (state !== 'alone') return;
    if (!isBack) {
      lookLater();
      return;
    }
    state = 'together';
    signals.shift('agentflow_limits_alone', -1);
    log.info({}, `${what} is back: all count together again`);
  }

  return {
    get isTogether() {
      return state === 'together';
    },
    get isAlone() {
      return state === 'alone';
    },
    async ask(remote, own) {
      if (state !== 'together') return own();
      try {
        return await inTime(remote(), deadlineMilliseconds);
      } catch (error) {
        void doubt(error);
        return own();
      }
    },
    close() {
      state = 'closed';
      clearTimeout(probe);
    },
  };
}

/** Counts together with others, and alone while they cannot be reached: so there is always an answer, and always a limit. */
export function createStandbyCounters(options: StandbyCountersOptions): StandbyCounters {
  const { shared, local, alone } = options;
  const others = watch(options);
  const stricter = <T extends Pick<Taking, 'policy'>>(takings: readonly T[]) =>
    takings.map((one) => ({ ...one, policy: alone(one.policy) }));
  const nothing = () => undefined;
  return {
    get isAlone() {
      return others.isAlone;
    },
    take(takings) {
      if (!others.isTogether) return local.take(stricter(takings));
      return others.ask(
        () => shared.take(takings),
        () => local.take(stricter(takings)),
      );
    },
    giveBack(takings) {
      return others.ask(
        () => shared.giveBack(takings),
        () => local.giveBack(stricter(takings)),
      );
    },
    clear(takings) {
      return others.ask(
        () => shared.clear(takings),
        () => local.clear(stricter(takings)),
      );
    },
    async mark(key, seconds) {
      // Both, so that whoever is known is known while the others are away.
      await local.mark(key, seconds);
      await others.ask(() => shared.mark(key, seconds), nothing);
    },
    isMarked(key) {
      return others.ask(
        async () => (await shared.isMarked(key)) || local.isMarked(key),
        () => local.isMarked(key),
      );
    },
    start: () => others.ask(() => shared.ping(), nothing),
    close: () => others.close(),
  };
}

/**
 * Waits for no longer than that, in time in which this process has had its turn: where it, or the machine, is busy, its timers are late, and
 * nothing is said by that about whoever is waited for. What has arrived meanwhile is looked at before it is too late.
 */
async function inTime<T>(answer: T | PromiseLike<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let left = steps;
  const last = performance.now() + milliseconds * patience;
  const late = new Promise<never>((_resolve, reject) => {
    const step = () => {
      left -= 1;
      if (left > 0 && performance.now() < last) timer = setTimeout(step, milliseconds / steps);
      else setImmediate(() => reject(new DeadlineError(`no answer within ${milliseconds} ms`)));
    };
    timer = setTimeout(step, milliseconds / steps);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../errors.js';
import type { Log } from '../log.js';
import type { LeaseStore } from '../stores/lease-store.js';
import { busy, FifoLock } from './fifo-lock.js';
import { keepRenewing } from './lease-renewal.js';

export interface ThreadQueueOptions {
  readonly leases: LeaseStore;
  readonly log: Log;
  /** How long a thread stays taken after its holder has died. */
  readonly leaseMilliseconds?: number;
  readonly maxWaiting?: number;
  readonly maxWaitMilliseconds?: number;
}

/** The right to change one thread's state, until {@link release}. */
export interface ThreadHold {
  /** Names this hold and no other. */
  readonly holder: string;
  /** Aborted with the request, and if the lease is lost: whoever holds it must then stop writing. */
  readonly signal: AbortSignal;
  /** Aborted when somebody asks for the thread's run to be stopped: it should end, and may still write its last words. */
  readonly stop: AbortSignal;
  /**
   * Aborts {@link signal} with a reason and gives the lease back: what the holder still does writes nothing to the thread any more.
   * Within this process nobody else enters before the release, which must still follow.
   */
  lose(reason: Error): Promise<void>;
  release(): Promise<void>;
}

export interface ThreadQueue {
  /** @throws {RequestError} CONFLICT if the thread stays busy; the signal's reason if it aborts */
  acquire(threadUuid: string, signal: AbortSignal): Promise<ThreadHold>;
  /** Asks whoever holds the thread to stop, in this process at once, in another when it next renews its lease. */
  requestStop(threadUuid: string): Promise<boolean>;
}

/** How often a thread that another process holds is asked for. */
const pollMilliseconds = 50;

/**
 * Runs on one thread follow each other, because concurrent ones would lose each other's messages. Within the process
 * they queue in order; between processes, and across a crash, a lease in the database decides: it runs out by itself
 * when its holder has died, and is renewed while the holder lives.
 */
export function createThreadQueue(options: ThreadQueueOptions): ThreadQueue {
  const { leases, log, leaseMilliseconds = 10_000, maxWaiting = 64, maxWaitMilliseconds = 30_000 } = options;
  const lock = new FifoLock({ maxWaiting, maxWaitMilliseconds });
  const stops = new Map<string, AbortController>();

  async function acquireLease(threadUuid: string, holder: string, signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + maxWaitMilliseconds;
    while (!(await leases.acquire(threadUuid, holder, leaseMilliseconds))) {
      if (performance.now() > giveUpAt) throw busy('another process holds the thread');
      await sleep(pollMilliseconds, undefined, { signal });
    }
  }

  return {
    async acquire(threadUuid, signal) {
      const holder = randomUUID();
      await lock.enter(threadUuid, signal);
      try {
        await acquireLease(threadUuid, holder, signal);
      } catch (error) {
        lock.leave(threadUuid);
        throw signal.aborted ? signal.reason : error;
      }
      const lost = new AbortController();
      const stop = new AbortController();
      stops.set(threadUuid, stop);
      const letGo = keepRenewing({
        ...{ leases, log, leaseMilliseconds, threadUuid, holder },
        onLost: (reason) => lost.abort(new UnavailableError({ reason })),
        onStopRequested: () => stop.abort(),
      });
      const giveBack = async () => {
        letGo();
        try {
          await leases.release(threadUuid, holder);
        } catch (error) {
          // It runs out by itself; the run has ended well and its answer must not be lost for this.
          log.error({ error, threadUuid }, 'a lease could not be released');
        }
      };
      return {
        holder,
        signal: AbortSignal.any([signal, lost.signal]),
        stop: stop.signal,
        lose(reason) {
          lost.abort(reason);
          return giveBack();
        },
        async release() {
          stops.delete(threadUuid);
          await giveBack();
          lock.leave(threadUuid);
        },
      };
    },

    async requestStop(threadUuid) {
      const here = stops.get(threadUuid);
      here?.abort();
      return here !== undefined || leases.requestStop(threadUuid);
    },
  };
}

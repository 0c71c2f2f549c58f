import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../errors.js';
import type { Log } from '../log.js';
import type { LeaseStore } from '../stores.js';
import { busy, FifoLock } from './fifo-lock.js';

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
  /** Aborted with the request, and if the lease is lost: whoever holds it must then stop writing. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

export interface ThreadQueue {
  /** @throws {RequestError} CONFLICT if the thread stays busy; the signal's reason if it aborts */
  acquire(threadUuid: string, signal: AbortSignal): Promise<ThreadHold>;
}

/** The share of a lease's time after which a holder that has not renewed it stops: the rest is for its last words. */
const safeShare = 5 / 6;

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

  async function acquireLease(threadUuid: string, holder: string, signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + maxWaitMilliseconds;
    while (!(await leases.acquire(threadUuid, holder, leaseMilliseconds))) {
      if (performance.now() > giveUpAt) throw busy('another process holds the thread');
      await sleep(pollMilliseconds, undefined, { signal });
    }
  }

  /**
   * Renews the lease until stopped. Calls `onLost` if another has taken it, and before another could: a renewal that fails or
   * hangs must not let the holder go on into a time that is no longer its own.
   */
  function keepAlive(threadUuid: string, holder: string, onLost: (reason: string) => void): () => void {
    let isStopped = false;
    const giveUp = () => onLost('the lease could not be renewed');
    let runsOut = setTimeout(giveUp, leaseMilliseconds * safeShare);
    const renew = async () => {
      const askedAt = performance.now();
      try {
        if (!(await leases.renew(threadUuid, holder, leaseMilliseconds))) return onLost('the lease was taken');
        clearTimeout(runsOut);
        if (isStopped) return;
        runsOut = setTimeout(giveUp, leaseMilliseconds * safeShare - (performance.now() - askedAt));
      } catch (error) {
        log.error({ error, threadUuid }, 'a lease could not be renewed');
      }
    };
    const timer = setInterval(() => void renew(), leaseMilliseconds / 3);
    return () => {
      clearInterval(timer);
      clearTimeout(runsOut);
      isStopped = true;
    };
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
      const stop = keepAlive(threadUuid, holder, (reason) => lost.abort(new UnavailableError(reason)));
      return {
        signal: AbortSignal.any([signal, lost.signal]),
        async release() {
          stop();
          try {
            await leases.release(threadUuid, holder);
          } catch (error) {
            // It runs out by itself; the run has ended well and its answer must not be lost for this.
            log.error({ error, threadUuid }, 'a lease could not be released');
          } finally {
            lock.leave(threadUuid);
          }
        },
      };
    },
  };
}

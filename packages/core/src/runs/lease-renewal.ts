import type { Log } from '../log.js';
import type { LeaseStore } from '../stores/lease-store.js';

interface LeaseRenewalOptions {
  readonly leases: LeaseStore;
  readonly log: Log;
  readonly leaseMilliseconds: number;
  readonly threadUuid: string;
  readonly holder: string;
  /** Another has the lease, or soon could. */
  readonly onLost: (reason: string) => void;
  readonly onStopRequested: () => void;
}

/** The share of a lease's time after which a holder that has not renewed it stops: the rest is for its last words. */
const safeShare = 5 / 6;

/** How often a lease is renewed, at the least: with it comes the news that somebody wants the run to stop. */
const renewMilliseconds = 1_000;

/**
 * Renews a lease until the function that it returns is called. A renewal that fails or hangs must not let the holder go on
 * into a time that is no longer its own: `onLost` is called before another could have the lease.
 */
export function keepRenewing(options: LeaseRenewalOptions): () => void {
  const { leases, log, leaseMilliseconds, threadUuid, holder, onLost, onStopRequested } = options;
  let isStopped = false;
  const giveUp = () => onLost('the lease could not be renewed');
  let runsOut = setTimeout(giveUp, leaseMilliseconds * safeShare);
  const renew = async () => {
    const askedAt = performance.now();
    try {
      const renewal = await leases.renew(threadUuid, holder, leaseMilliseconds);
      if (renewal === 'lost') return onLost('the lease was taken');
      if (renewal === 'stop-requested') onStopRequested();
      clearTimeout(runsOut);
      if (isStopped) return;
      runsOut = setTimeout(giveUp, leaseMilliseconds * safeShare - (performance.now() - askedAt));
    } catch (error) {
      log.error({ error, threadUuid }, 'a lease could not be renewed');
    }
  };
  const timer = setInterval(() => void renew(), Math.min(leaseMilliseconds / 3, renewMilliseconds));
  return () => {
    clearInterval(timer);
    clearTimeout(runsOut);
    isStopped = true;
  };
}

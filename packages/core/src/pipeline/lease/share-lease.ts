import type { AccessLease } from './access-lease.js';

/** One lease for all that a call has going on: it is opened with the first of them, and given back with the last. */
export function shareLease(open: () => AccessLease): () => AccessLease {
  let shared: AccessLease | undefined;
  let holders = 0;
  return () => {
    const lease = shared ?? open();
    shared = lease;
    holders += 1;
    let isHeld = true;
    return {
      signal: lease.signal,
      require: (condition) => lease.require(condition),
      renew: (request) => lease.renew(request),
      release() {
        if (!isHeld) return;
        isHeld = false;
        holders -= 1;
        if (holders > 0) return;
        shared = undefined;
        lease.release();
      },
    };
  };
}

import type { ThreadHold, ThreadQueue } from '../../runs/thread-queue.js';
import type { AccessLease } from '../lease/access-lease.js';

/**
 * Holds a thread for as long as its holder may go on: when they may not any more, or nobody can say, the hold is lost, and nothing that
 * still runs under it can write to the thread. The lease is given back with the hold.
 * @throws {RequestError} CONFLICT if the thread stays busy; why the lease has ended, if it ends while its holder waits
 */
export async function holdUnderLease(
  queue: ThreadQueue,
  threadUuid: string,
  signal: AbortSignal,
  lease: AccessLease,
): Promise<ThreadHold> {
  let hold: ThreadHold;
  try {
    hold = await queue.acquire(threadUuid, AbortSignal.any([signal, lease.signal]));
  } catch (error) {
    lease.release();
    throw error;
  }
  const lose = () => void hold.lose(lease.signal.reason);
  if (lease.signal.aborted) lose();
  lease.signal.addEventListener('abort', lose, { once: true });
  return {
    ...hold,
    async release() {
      lease.release();
      await hold.release();
    },
  };
}

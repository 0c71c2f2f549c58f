import { withDeadline } from '../../deadline.js';
import { RequestError, UnavailableError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { ThreadHold } from '../../runs/thread-queue.js';

/** How often it is looked whether the thread is still shared. */
const lookMilliseconds = 1_000;
const deadlineMilliseconds = 5_000;

/**
 * Holds somebody else's thread for as long as it is shared: when it is not any more, or nobody can say, the hold is lost, and nothing
 * that still runs under it can write to the thread.
 * @param lookAgain rejects, with what the caller is to read, where the thread is not shared any more
 */
export function watchGrant(hold: ThreadHold, lookAgain: () => Promise<unknown>, log: Log): ThreadHold {
  let isLooking = false;
  let isOver = false;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await withDeadline(lookAgain(), deadlineMilliseconds, 'the grant');
    } catch (error) {
      if (!isOver) await lose(error);
    } finally {
      isLooking = false;
    }
  }

  async function lose(error: unknown): Promise<void> {
    isOver = true;
    clearInterval(timer);
    if (error instanceof RequestError && error.status < 500) return hold.lose(error);
    const reason = 'whether the thread was still shared could not be asked';
    log.error({ error }, `${reason}: what went on there ends`);
    await hold.lose(new UnavailableError({ reason, cause: error }));
  }

  const timer = setInterval(() => void look(), lookMilliseconds);
  return {
    ...hold,
    async release() {
      isOver = true;
      clearInterval(timer);
      await hold.release();
    },
  };
}

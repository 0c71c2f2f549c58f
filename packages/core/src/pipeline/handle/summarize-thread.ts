import type { ThreadAccess, ThreadSummary } from '@agentflow/protocol';
import { formatTime } from '../../clock.js';
import type { Thread } from '../../stores/thread-store.js';
import type { ReachedThread } from './reach-thread.js';

/** A thread as its owner and administrators read it. */
export function summarizeThread(thread: Thread): ThreadSummary {
  return {
    thread_id: thread.threadId,
    thread_name: thread.name,
    user_id: thread.owner.subject,
    metadata: thread.metadata,
    created_at: formatTime(thread.createdAt),
    updated_at: formatTime(thread.updatedAt),
    run_id: thread.runId,
  };
}

/**
 * A thread as those read it with whom it is shared: under the id by which they address it. What its owner calls it, which would
 * name a thread of their own, and what its owner has run, they are not told.
 */
export function summarizeShared(thread: Thread, access: ThreadAccess): ThreadSummary {
  const { uuid } = thread;
  return { ...summarizeThread(thread), thread_id: uuid, run_id: null, uuid, access };
}

export function summarizeReached({ thread, shared }: ReachedThread): ThreadSummary {
  return shared === undefined ? summarizeThread(thread) : summarizeShared(thread, shared);
}

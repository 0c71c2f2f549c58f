import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { findThread, type ThreadEntryParts } from './thread-entry.js';

/**
 * `POST /v1/graph/stop`: asks whoever holds the thread to stop (`runs/thread-queue.ts`). The run ends itself, in `run.ts`, with
 * what it has done; it may be served by another process, which reads the wish when it renews its lease.
 */
export function createStopHandlers(parts: ThreadEntryParts): Pick<Handlers, 'stopGraph'> {
  return {
    stopGraph: async (call: Call) => {
      const { thread } = await findThread(parts, call, 'write', 'checkpointer:write');
      const running = await parts.queue.requestStop(thread.uuid);
      return data({
        ok: running,
        running,
        reason: running ? 'stop-requested' : 'not-running',
        success: running,
        message: running ? 'The run has been asked to stop' : 'There is no run on this thread',
        thread_id: call.threadId,
      });
    },
  };
}

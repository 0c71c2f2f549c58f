import type { Permission } from '@agentflow/protocol';
import type { Log } from '../../log.js';
import type { ThreadHold, ThreadQueue } from '../../runs/thread-queue.js';
import type { Thread } from '../../stores/thread-store.js';
import type { Call } from './call.js';
import { holdUnderLease } from './hold-under-lease.js';
import {
  mayBeOthers,
  type ReachedThread,
  type ReachParts,
  reachOthers,
  reachThread,
  requireSpeaker,
  requireUse,
  sharedNoMore,
  type ThreadUse,
  threadNotFound,
} from './reach-thread.js';

/** A thread that this request alone may change, until the hold is released. */
export interface EnteredThread extends ReachedThread {
  readonly hold: ThreadHold;
  /** Whether this request started the thread. */
  readonly created: boolean;
}

export interface ThreadEntryParts extends ReachParts {
  readonly queue: ThreadQueue;
  readonly log: Log;
}

/**
 * Enters a thread to speak there: one that is shared with the caller, or their own, which is started if it is not there. `runId` is
 * null for what is not a run.
 * @throws {AccessDeniedError} {@link RequestError} where it is somebody else's, and they may not
 */
export async function openThread(
  parts: ThreadEntryParts,
  call: Call,
  threadId: string,
  runId: string | null,
): Promise<EnteredThread> {
  // An id that nobody named is fresh.
  const named = threadId === call.threadId && mayBeOthers(threadId);
  const reached = named ? await reachThread(parts, call, threadId) : undefined;
  if (reached?.isOwn === false) return enterOthers(parts, call, reached, requireSpeaker);
  for (;;) {
    const { thread, created } = await parts.threads.open(call.owner, threadId);
    const hold = await enter(parts, call, thread, runId);
    // Another request may have deleted it while this one waited: then it is started anew.
    if (hold !== undefined) return { thread, isOwn: true, shared: undefined, hold, created };
  }
}

/**
 * Enters the thread that a call is about, which must be there already.
 * @throws {NotFoundError}
 * @throws {AccessDeniedError} where it is shared with the caller for less than this use of it
 */
export async function enterThread(
  parts: ThreadEntryParts,
  call: Call,
  use: ThreadUse,
  permission: Permission,
): Promise<EnteredThread> {
  const reached = await findThread(parts, call, use, permission);
  if (!reached.isOwn) {
    return enterOthers(parts, call, reached, (_call, again) => requireUse(call, again, use, permission));
  }
  const hold = await enter(parts, call, reached.thread, null);
  if (hold === undefined) throw threadNotFound();
  return { ...reached, hold, created: false };
}

/**
 * The thread that a call is about, by whichever way the caller comes to it.
 * @throws {NotFoundError} for an unused id and for another owner's alike
 * @throws {AccessDeniedError} where it is shared with the caller for less than this use of it
 */
export async function findThread(
  parts: ReachParts,
  call: Call,
  use: ThreadUse,
  permission: Permission,
): Promise<ReachedThread> {
  const reached = await reachThread(parts, call, threadIdOf(call));
  if (reached === undefined) throw threadNotFound();
  requireUse(call, reached, use, permission);
  return reached;
}

/** The thread id of a route that is about one. */
export function threadIdOf(call: Call): string {
  if (call.threadId === undefined) throw new Error('the route of a thread has no thread id');
  return call.threadId;
}

/**
 * Enters somebody else's thread. What was shared when the request came may not be any more when its turn has come, or while it
 * goes on: then it ends like a thread that is gone, and starts none of the caller's own in its place.
 */
async function enterOthers(
  parts: ThreadEntryParts,
  call: Call,
  reached: ReachedThread,
  require: (call: Call, reached: ReachedThread) => void,
): Promise<EnteredThread> {
  const { thread } = reached;
  // Whoever may not go in does not wait at the door, where others would find the queue full.
  require(call, reached);
  const lookAgain = async () => {
    const again = await reachOthers(parts, call, thread.uuid);
    if (again === undefined) throw sharedNoMore();
    require(call, again);
    return again;
  };
  const lease = call.openLease();
  const hold = await holdUnderLease(parts.queue, thread.uuid, call.signal, lease);
  try {
    const again = await lookAgain();
    // The run that a thread remembers is its owner's, who would find nobody else's.
    if (!(await parts.threads.touch(thread, null))) throw threadNotFound();
    // As long as it is shared, and no longer.
    lease.require(lookAgain);
    return { ...again, hold, created: false };
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/** Undefined if the thread is gone. */
async function enter({ threads, queue }: ThreadEntryParts, call: Call, thread: Thread, runId: string | null) {
  const hold = await holdUnderLease(queue, thread.uuid, call.signal, call.openLease());
  try {
    if (await threads.touch(thread, runId)) return hold;
  } catch (error) {
    await hold.release();
    throw error;
  }
  await hold.release();
  return undefined;
}

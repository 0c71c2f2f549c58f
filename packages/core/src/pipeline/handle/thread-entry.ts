import { NotFoundError } from '../../errors.js';
import type { OwnerKey } from '../../principal.js';
import type { ThreadHold, ThreadQueue } from '../../runs/thread-queue.js';
import type { Thread, ThreadStore } from '../../stores.js';

/** A thread that this request alone may change, until the hold is released. */
export interface EnteredThread {
  readonly thread: Thread;
  readonly hold: ThreadHold;
  /** Whether this request started the thread. */
  readonly created: boolean;
}

export interface ThreadEntryParts {
  readonly threads: ThreadStore;
  readonly queue: ThreadQueue;
}

/** Enters the caller's thread; starts it if it is not there. `runId` is null for a change that is not a run. */
export async function openThread(
  parts: ThreadEntryParts,
  owner: OwnerKey,
  threadId: string,
  runId: string | null,
  signal: AbortSignal,
): Promise<EnteredThread> {
  for (;;) {
    const { thread, created } = await parts.threads.open(owner, threadId);
    const entered = await enter(parts, thread, runId, signal);
    // Another request may have deleted it while this one waited: then it is started anew.
    if (entered !== undefined) return { ...entered, created };
  }
}

/**
 * Enters a thread that must be there already.
 * @throws {NotFoundError}
 */
export async function enterThread(
  parts: ThreadEntryParts,
  owner: OwnerKey,
  threadId: string,
  signal: AbortSignal,
): Promise<EnteredThread> {
  const thread = await findThread(parts.threads, owner, threadId);
  const entered = await enter(parts, thread, null, signal);
  if (entered === undefined) throw threadNotFound();
  return { ...entered, created: false };
}

/** @throws {NotFoundError} for an unused id and for another owner's alike */
export async function findThread(threads: ThreadStore, owner: OwnerKey, threadId: string): Promise<Thread> {
  const thread = await threads.find(owner, threadId);
  if (thread === undefined) throw threadNotFound();
  return thread;
}

function threadNotFound(): NotFoundError {
  return new NotFoundError('There is no such thread.');
}

async function enter({ threads, queue }: ThreadEntryParts, thread: Thread, runId: string | null, signal: AbortSignal) {
  const hold = await queue.acquire(thread.uuid, signal);
  try {
    if (await threads.touch(thread, runId)) return { thread, hold };
  } catch (error) {
    await hold.release();
    throw error;
  }
  await hold.release();
  return undefined;
}

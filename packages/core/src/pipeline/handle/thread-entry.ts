import { NotFoundError, RequestError } from '../../errors.js';
import type { ThreadHold, ThreadQueue } from '../../runs/thread-queue.js';
import type { Thread, ThreadStore } from '../../stores/thread-store.js';
import type { Call } from './call.js';

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

/**
 * Enters the caller's thread; starts it if it is not there. `runId` is null for a change that is not a run.
 * @throws {RequestError} CONFLICT where an administrator means somebody else's: to write there would be to speak in their name,
 *   and a thread of one's own under that id would hide it
 */
export async function openThread(
  parts: ThreadEntryParts,
  call: Call,
  threadId: string,
  runId: string | null,
): Promise<EnteredThread> {
  await requireNotOthers(parts.threads, call, threadId);
  for (;;) {
    const { thread, created } = await parts.threads.open(call.owner, threadId);
    const entered = await enter(parts, thread, runId, call.signal);
    // Another request may have deleted it while this one waited: then it is started anew.
    if (entered !== undefined) return { ...entered, created };
  }
}

async function requireNotOthers(threads: ThreadStore, { owner, reachesTenant }: Call, threadId: string): Promise<void> {
  if (!reachesTenant || (await threads.find(owner, threadId)) !== undefined) return;
  if ((await threads.findInTenant(owner.tenant, threadId)) === undefined) return;
  throw new RequestError('CONFLICT', { message: 'This is the thread of somebody else: only its owner speaks there.' });
}

/**
 * Enters the thread that a call is about, which must be there already.
 * @throws {NotFoundError}
 */
export async function enterThread(parts: ThreadEntryParts, call: Call): Promise<EnteredThread> {
  const thread = await findThread(parts.threads, call);
  const entered = await enter(parts, thread, null, call.signal);
  if (entered === undefined) throw threadNotFound();
  return { ...entered, created: false };
}

/**
 * The thread that a call is about: the caller's own by the id that they gave it; where the configuration lets them see what
 * is others', also any of their tenant, by the uuid that it has inside.
 * @throws {NotFoundError} for an unused id and for another owner's alike
 */
export async function findThread(threads: ThreadStore, call: Call): Promise<Thread> {
  const id = threadIdOf(call);
  const own = await threads.find(call.owner, id);
  const found = own ?? (call.reachesTenant ? await threads.findInTenant(call.owner.tenant, id) : undefined);
  if (found === undefined) throw threadNotFound();
  return found;
}

/** The thread id of a route that is about one. */
export function threadIdOf(call: Call): string {
  if (call.threadId === undefined) throw new Error('the route of a thread has no thread id');
  return call.threadId;
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

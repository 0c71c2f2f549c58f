import type { Message } from '@agentflow/protocol';
import type { Clock } from '../../clock.js';
import { RequestError } from '../../errors.js';
import type { GraphRuntime } from '../../graph-runtime.js';
import { isRemoteCallId } from '../../remote-tools.js';
import type { ThreadStore } from '../../stores/thread-store.js';
import type { Call } from './call.js';
import {
  acceptMessage,
  answeredCalls,
  type ClientMessage,
  dependsOnThread,
  isClientsToSay,
  openToolCalls,
} from './client-messages.js';
import type { KeptFiles } from './file-parts.js';
import { resolveFiles } from './file-references.js';
import { requireSpeaker } from './reach-thread.js';
import type { EnteredThread } from './thread-entry.js';

export interface AcceptMessagesParts extends KeptFiles {
  readonly runtime: GraphRuntime;
  readonly threads: ThreadStore;
  readonly clock: Clock;
}

/**
 * Takes what a client sends into a thread that it has entered: polices what it claims to have been said, and gives ids that
 * are free. A request that is refused here leaves no trace, least of all a thread.
 * @throws {AccessDeniedError} if it says more than a client may without `graph:fix`, which in another's thread gives nobody more
 * @throws {NotFoundError} if it refers to a file that is not the caller's
 * @throws {RequestError} CONFLICT if it is another's thread, and not shared with the caller to write; or for the result of a remote
 *   call that waits for none
 */
export async function acceptMessages(
  call: Call,
  { runtime, threads, clock, files, vault }: AcceptMessagesParts,
  entered: EnteredThread,
  sent: readonly ClientMessage[],
): Promise<readonly Message[]> {
  const { thread, created, isOwn } = entered;
  if (sent.length > 0) requireSpeaker(call, entered);
  const context = sent.some(dependsOnThread) ? ((await runtime.readState(thread.uuid))?.context ?? []) : [];
  const open = openToolCalls(context);
  let resolved = sent;
  try {
    if (!sent.every((message) => isClientsToSay(message, open))) {
      if (!isOwn) call.refuse('graph:fix', 'only its owner repairs a thread that is shared');
      await call.require('graph:fix');
    }
    requireNoLateResults(sent);
    resolved = await resolveFiles(call, { files, vault }, sent);
  } catch (error) {
    if (created) await threads.delete(thread);
    throw error;
  }
  const taken = new Set(context.map((message) => message.message_id));
  return resolved.map((message) => {
    const accepted = acceptMessage(message, taken, clock.now() / 1000);
    taken.add(accepted.message_id);
    return accepted;
  });
}

/** The result of a call that does not wait any more is no message: what it would answer stands nowhere in the thread. */
function requireNoLateResults(sent: readonly ClientMessage[]): void {
  if (!sent.flatMap(answeredCalls).some(isRemoteCallId)) return;
  throw new RequestError('CONFLICT', { message: 'No such call waits for a result: it was answered, or given up.' });
}

import { RequestError } from '../../errors.js';
import { writeAuditEvent } from '../audit/audit.js';
import { answerFrame, beginFrame, type FrameParts, refuseFrame, routeNamed } from './answer-frame.js';
import type { RunningFrame } from './run-frame.js';

/**
 * Ends the run that goes on on a socket, as `POST /v1/graph/stop` would on its thread. One that still waits for its thread has nothing
 * that could be stopped: whoever asked for it takes that back. Returns why it was not stopped.
 */
export async function stopRunning(
  running: RunningFrame | undefined,
  parts: FrameParts,
): Promise<RequestError | undefined> {
  const begun = beginFrame('stop', routeNamed('stopGraph'), parts);
  const { record } = begun;
  const threadId = running?.threadId();
  try {
    if (running === undefined) {
      throw new RequestError('CONFLICT', { message: 'There is no run on this socket.' });
    }
    if (threadId === undefined) {
      running.end(new RequestError('CONFLICT', { message: 'The run was stopped before it had done anything.' }));
    } else {
      await answerFrame(begun, { thread_id: threadId }, parts, () => Promise.resolve());
    }
    writeAuditEvent(record, 'request', 200, parts.audit);
    return undefined;
  } catch (error) {
    return refuseFrame(record, error, parts);
  }
}

import { RequestError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { RequestRecord } from './audit.js';

/**
 * A fault of ours goes to the log whole, with its stack; the caller reads only that there was one. What has a reason and no cause, a provider that is
 * away say, is nobody's mistake in the code: its reason is all there is to say.
 */
export function reportFault(error: unknown, { id, incoming }: RequestRecord, log: Log): void {
  if (incoming.signal.aborted) return;
  const fault = error instanceof RequestError ? error.cause : error;
  if (error instanceof RequestError && fault === undefined) {
    log.error({ requestId: id }, `a request failed: ${error.message}`);
    return;
  }
  log.error({ requestId: id, error: fault }, 'a request failed');
}

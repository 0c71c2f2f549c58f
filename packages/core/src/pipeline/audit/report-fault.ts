import { RequestError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { RequestRecord } from './audit.js';

/** A fault of ours goes to the log whole, with its stack; the caller reads only that there was one. */
export function reportFault(error: unknown, { id, incoming }: RequestRecord, log: Log): void {
  if (incoming.signal.aborted) return;
  log.error(
    { requestId: id, error: error instanceof RequestError ? (error.cause ?? error) : error },
    'a request failed',
  );
}

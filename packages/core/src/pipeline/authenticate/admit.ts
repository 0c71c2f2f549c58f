import { RequestError, UnavailableError } from '../../errors.js';
import { type AuditOptions, type RequestRecord, writeChange } from '../audit/audit.js';
import type { Caller } from '../request.js';

/**
 * Tells the backend that its credential is used, once for each request and each frame: what goes on is authenticated again and again, and
 * that is no use.
 * @throws {RequestError} as the backend says, where the credential is good and is used too often
 */
export async function admit(caller: Caller | null, record: RequestRecord, audit: AuditOptions): Promise<void> {
  if (caller?.admit === undefined) return;
  const { address } = record.client;
  try {
    await caller.admit({ address, recordChange: (event, detail) => writeChange(record, event, detail, audit) });
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new UnavailableError({
      reason: `authentication backend ${caller.method} could not count a use`,
      cause: error,
    });
  }
}

import type { OutgoingResponse } from '../respond/respond.js';
import { type AuditOptions, type RequestRecord, writeAuditEvent } from './audit.js';

/** A stream is two events: that it opened, and how it closed. */
export function followStream(
  response: OutgoingResponse,
  record: RequestRecord,
  options: AuditOptions,
): OutgoingResponse {
  writeAuditEvent(record, 'stream-opened', response.status, options);
  return { ...response, body: follow(response.body as AsyncIterable<string | Uint8Array>) };

  async function* follow(lines: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
    try {
      yield* lines;
    } catch (error) {
      record.error = error;
      throw error;
    } finally {
      record.error ??= response.failure?.();
      if (record.incoming.signal.aborted) record.error ??= record.incoming.signal.reason;
      writeAuditEvent(record, 'stream-closed', response.status, options);
    }
  }
}

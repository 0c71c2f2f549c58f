import { errorCodes, formatErrorBody, type JsonObject } from '@agentflow/protocol';
import { type Clock, formatTime } from '../../clock.js';
import { RequestError } from '../../errors.js';

/** What the server says on a socket beside the chunks of its runs: in their form, which AgentFlow's client reads (contract 1.4). */
interface SocketText {
  readonly event: 'updates' | 'error';
  readonly data: JsonObject;
  readonly metadata?: JsonObject;
  /** In seconds. */
  readonly timestamp: number | null;
}

function format({ event, data, metadata, timestamp }: SocketText): string {
  const nobody = { thread_id: null, run_id: null };
  return JSON.stringify({ event, message: null, state: null, data, ...nobody, metadata: metadata ?? null, timestamp });
}

/** After each run, however it has ended. */
export const doneText: string = format({ event: 'updates', data: { status: 'done' }, timestamp: null });

/** That a fresh credential has taken the place of the former. */
export function authenticatedText(expiresAt: number | undefined, clock: Clock): string {
  const expires = expiresAt === undefined ? null : formatTime(expiresAt);
  return format({
    event: 'updates',
    data: { status: 'authenticated', expires_at: expires },
    timestamp: clock.now() / 1000,
  });
}

/** Whether a frame could not be understood, so that it was never a run. */
export function isBadFrame({ code }: RequestError): boolean {
  return code === 'BAD_REQUEST' || code === 'VALIDATION_ERROR';
}

/** What went wrong, with the whole body that HTTP would have answered. Public text only. */
export function errorText(error: RequestError, requestId: string, clock: Clock): string {
  const problem = formatErrorBody(error.publicError, requestId, formatTime(clock.now()));
  const { code, status, message } = problem;
  const reason = isBadFrame(error) ? `Invalid request: ${message}` : message;
  return format({
    event: 'error',
    data: { reason, code, status, request_id: requestId, problem },
    metadata: {},
    timestamp: clock.now() / 1000,
  });
}

/** The code by which a socket closes that ends for this. */
export function closeCodeOf({ code }: RequestError): number {
  return errorCodes[code].closeCode;
}

/** What is none of ours has a row in the table of errors too. */
export function toKnownError(error: unknown): RequestError {
  return error instanceof RequestError ? error : new RequestError('INTERNAL', { cause: error });
}

import { type ErrorCode, errorCodes } from './error-codes.js';

/* Types, not interfaces: as the plain JSON that they are, a stream's last chunk may hold one. */

/** One fault in a request, in AgentFlow's form: where, what, of which kind. */
export type ErrorDetail = {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
};

/** What the caller may read about an error. Nothing else of it leaves the server. */
export interface PublicError {
  readonly code: ErrorCode;
  /** One sentence; the row's own text if absent. */
  readonly message?: string | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
}

/**
 * The body of every error on every route: AgentFlow's `error` and `metadata`, the guide's `detail`, RFC 9457's members,
 * and `code` and `message` at the top. AgentFlow's client needs both `error` and `metadata` to build its own error.
 */
export type ErrorBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Exactly `Unauthorized` for 401 and `Forbidden` for 403. */
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: readonly ErrorDetail[] };
  readonly metadata: { readonly request_id: string; readonly timestamp: string; readonly message: string };
};

/** `timestamp` is RFC 3339 in UTC. */
export function formatErrorBody(error: PublicError, requestId: string, timestamp: string): ErrorBody {
  const row = errorCodes[error.code];
  const message = error.message ?? row.text;
  return {
    type: `urn:agentflow:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: row.title,
    status: row.status,
    detail: row.status === 401 || row.status === 403 ? row.title : message,
    instance: `urn:uuid:${requestId}`,
    code: error.code,
    message,
    error: { code: error.code, message, details: error.details ?? [] },
    metadata: { request_id: requestId, timestamp, message },
  };
}

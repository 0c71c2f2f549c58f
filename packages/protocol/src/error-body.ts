import { type ErrorCode, errorCodes } from './error-codes.js';

/* Types, not interfaces: as the plain JSON that they are, a stream's last chunk may hold one. */

/** One fault in a request, in AgentFlow's form: where, what, of which kind. */
export type ErrorDetail = {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
};

/** The limit that did not let a request pass. */
export interface ExceededQuota {
  /** By the names that `RateLimit-Policy` gives them. */
  readonly policies: readonly string[];
  /** Of the first of them: how many pass at once, and in how many seconds they pass again. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly retryAfterSeconds: number;
}

/** What the caller may read about an error. Nothing else of it leaves the server. */
export interface PublicError {
  readonly code: ErrorCode;
  /** One sentence; the row's own text if absent. */
  readonly message?: string | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly quota?: ExceededQuota | undefined;
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
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: readonly ErrorDetail[];
    /** Of a limit alone, as AgentFlow has them. */
    readonly limit?: number;
    readonly window_seconds?: number;
    readonly retry_after_seconds?: number;
  };
  /** Of a limit alone (draft-ietf-httpapi-ratelimit-headers). */
  readonly 'violated-policies'?: readonly string[];
  readonly metadata: { readonly request_id: string; readonly timestamp: string; readonly message: string };
};

/** The registered problem type of draft-ietf-httpapi-ratelimit-headers-11. */
const quotaExceeded = {
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  title: 'Request cannot be satisfied as assigned quota has been exceeded',
} as const;

/** `timestamp` is RFC 3339 in UTC. */
export function formatErrorBody(error: PublicError, requestId: string, timestamp: string): ErrorBody {
  const row = errorCodes[error.code];
  const message = error.message ?? row.text;
  const { quota } = error;
  return {
    type: `urn:agentflow:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: row.title,
    ...(quota !== undefined && quotaExceeded),
    status: row.status,
    detail: row.status === 401 || row.status === 403 ? row.title : message,
    instance: `urn:uuid:${requestId}`,
    code: error.code,
    message,
    error: {
      ...{ code: error.code, message, details: error.details ?? [] },
      ...(quota !== undefined && {
        limit: quota.limit,
        window_seconds: quota.windowSeconds,
        retry_after_seconds: quota.retryAfterSeconds,
      }),
    },
    ...(quota !== undefined && { 'violated-policies': quota.policies }),
    metadata: { request_id: requestId, timestamp, message },
  };
}

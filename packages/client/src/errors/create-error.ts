import type { ErrorCode, StreamChunk } from '@agentflow/protocol';
import { isObject } from '../json.js';
import { AgentFlowError, type ErrorFacts } from './agentflow-error.js';
import * as classes from './error-classes.js';
import { readProblem } from './read-problem.js';

type ErrorClass = new (message: string, facts: ErrorFacts) => AgentFlowError;

/** By the beginning of the code, the longer ones first: AgentFlow's servers say so what failed (contract 4.5). */
const byPrefix: readonly (readonly [string, ErrorClass])[] = [
  ['GRAPH_RECURSION', classes.GraphRecursionError],
  ['RECURSION', classes.GraphRecursionError],
  ['GRAPH', classes.GraphError],
  ['NODE', classes.NodeError],
  ['TRANSIENT_STORAGE', classes.TransientStorageError],
  ['STORAGE', classes.StorageError],
  ['METRICS', classes.MetricsError],
  ['SCHEMA_VERSION', classes.SchemaVersionError],
  ['SERIALIZATION', classes.SerializationError],
];

const byStatus: Readonly<Record<number, ErrorClass>> = {
  400: classes.BadRequestError,
  401: classes.AuthenticationError,
  403: classes.PermissionError,
  404: classes.NotFoundError,
  408: classes.TimeoutError,
  409: classes.ConflictError,
  413: classes.RequestTooLargeError,
  415: classes.UnsupportedMediaTypeError,
  422: classes.ValidationError,
  429: classes.RateLimitError,
  431: classes.RequestTooLargeError,
};

/** For what tells its code and not its status. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  BAD_REQUEST: 400,
  AUTH_REQUIRED: 401,
  TOKEN_EXPIRED: 401,
  ACCESS_DENIED: 403,
  NOT_FOUND: 404,
  REQUEST_TIMEOUT: 408,
  READER_TOO_SLOW: 408,
  CONFLICT: 409,
  REQUEST_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  VALIDATION_ERROR: 422,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
};

/** The HTTP status of a code of ours; undefined for any other. */
export function statusOf(code: unknown): number | undefined {
  return typeof code === 'string' ? new Map<string, number>(Object.entries(statuses)).get(code) : undefined;
}

/** The error of an answer that is not a success: by the beginning of its code, else by its status. */
export function createError(status: number, body: unknown, facts: Omit<ErrorFacts, 'code' | 'status'>): AgentFlowError {
  const problem = readProblem(body);
  const code = problem.code ?? (status === 0 ? 'UNKNOWN_ERROR' : `HTTP_${status}`);
  const [, prefixed] = byPrefix.find(([prefix]) => code.startsWith(prefix)) ?? [];
  const Class = prefixed ?? byStatus[status] ?? (status >= 500 ? classes.ServerError : AgentFlowError);
  return new Class(problem.message ?? `The server answered with status ${status}.`, {
    ...facts,
    ...{ status, code, details: problem.details },
    requestId: problem.requestId ?? facts.requestId,
    timestamp: problem.timestamp,
    retryAfterSeconds: facts.retryAfterSeconds ?? problem.retryAfterSeconds,
  });
}

/**
 * The error that an `error` chunk of a stream or a socket tells: of the class that the same refusal has as an answer. Undefined
 * for any other chunk.
 */
export function errorFromChunk(chunk: Pick<StreamChunk, 'event' | 'data'>): AgentFlowError | undefined {
  if (chunk.event !== 'error') return undefined;
  const data = isObject(chunk.data) ? chunk.data : {};
  const { reason, code, status, request_id: requestId, problem } = data;
  const body = isObject(problem) ? problem : { message: reason, code, metadata: { request_id: requestId } };
  return createError(typeof status === 'number' ? status : (statusOf(code) ?? 500), body, {});
}

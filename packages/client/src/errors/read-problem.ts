import type { ErrorDetail } from '@agentflow/protocol';
import { isObject } from '../json.js';

/** What an error body tells, whoever wrote it. Everything may be missing. */
export interface Problem {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly timestamp: string | undefined;
  readonly details: readonly ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;
}

/**
 * Reads an error body: ours, AgentFlow's `{error, metadata}` or either half of it, a bare `{detail}`, RFC 9457's, or anything
 * else at all. Never throws: a body that is odd tells nothing.
 */
export function readProblem(body: unknown): Problem {
  const top = isObject(body) ? body : {};
  const inner = isObject(top['error']) ? top['error'] : {};
  const metadata = isObject(top['metadata']) ? top['metadata'] : {};
  const instance = text(top['instance']);
  return {
    message: text(inner['message']) ?? text(top['message']) ?? text(top['detail']) ?? text(top['title']),
    code: text(top['code']) ?? text(inner['code']) ?? text(top['error']),
    requestId: text(metadata['request_id']) ?? instance?.replace(/^urn:uuid:/, ''),
    timestamp: text(metadata['timestamp']),
    details: list(inner['details']) ?? list(top['detail']) ?? [],
    retryAfterSeconds: count(inner['retry_after_seconds']),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function list(value: unknown): readonly ErrorDetail[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter(isObject).map(({ loc, msg, type }) => ({
    loc: Array.isArray(loc) ? loc.filter((step) => typeof step === 'string' || typeof step === 'number') : [],
    msg: text(msg) ?? '',
    type: text(type) ?? '',
  }));
}

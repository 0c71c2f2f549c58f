import { now } from '../clock.js';
import type { AgentFlowError } from '../errors/agentflow-error.js';
import { NetworkError } from '../errors/error-classes.js';

/** How often and how soon what is safe to repeat is repeated. */
export interface RetryOptions {
  /** Tries after the first one: 2. 0: none. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first of them; each next one waits up to twice as long: 300. */
  readonly baseDelay?: number | undefined;
  /** Milliseconds that none waits longer than, but where the server asks for it: 10 000. */
  readonly maxDelay?: number | undefined;
}

/** Statuses that say: not now. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Milliseconds to wait before a request is sent again; undefined where it must not be. What may be repeated at will is, after a
 * failure that may pass. Anything else only after 429, which alone says for sure that nothing has begun: a 503 or 409 may also come from a
 * run that was under way.
 */
export function retryDelay(
  error: AgentFlowError,
  tries: number,
  isRepeatable: boolean,
  { retries = 2, baseDelay = 300, maxDelay = 10_000 }: RetryOptions,
): number | undefined {
  if (tries > retries) return undefined;
  const mayPass = isRepeatable ? passing.has(error.status) || error instanceof NetworkError : error.status === 429;
  if (!mayPass) return undefined;
  const most = Math.min(maxDelay, baseDelay * 2 ** (tries - 1));
  // All that failed at once should not come back at once.
  const jittered = most / 2 + (Math.random() * most) / 2;
  return Math.max((error.retryAfterSeconds ?? 0) * 1000, jittered);
}

/** RFC 9110 §10.2.3: seconds, or a date. */
export function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const seconds = (new Date(header).getTime() - now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

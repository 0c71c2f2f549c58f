import type { ErrorDetail } from '@agentflow/protocol';
import { now } from '../clock.js';
import type { AuthenticationChallenge } from './read-challenges.js';

/** What is known of a failure. All but `code` may be missing: not everything that fails is an answer of the server. */
export interface ErrorFacts {
  /** What the server calls it (`TOKEN_EXPIRED`), or the client, where no server said anything (`TIMEOUT`). */
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly challenges?: readonly AuthenticationChallenge[] | undefined;
  /** How long the server asks to be left alone. */
  readonly retryAfterSeconds?: number | undefined;
  /** `GET` */
  readonly method?: string | undefined;
  /** `/v1/threads` */
  readonly endpoint?: string | undefined;
  readonly cause?: unknown;
}

/** Everything that a call may throw, but what a caller's own function throws. Which class it is says what went wrong. */
export class AgentFlowError extends Error {
  override readonly name: string = 'AgentFlowError';
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** What the server calls it. */
  readonly code: string;
  /** `unknown` where no answer told one. */
  readonly requestId: string;
  /** RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly details: readonly ErrorDetail[];
  /** How the server wants to be authenticated to: `WWW-Authenticate`, read. */
  readonly challenges: readonly AuthenticationChallenge[];
  readonly retryAfterSeconds: number | undefined;
  readonly method: string | undefined;
  readonly endpoint: string | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.status = facts.status ?? 0;
    this.code = facts.code;
    this.requestId = facts.requestId ?? 'unknown';
    this.timestamp = facts.timestamp ?? new Date(now()).toISOString();
    this.details = facts.details ?? [];
    this.challenges = facts.challenges ?? [];
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.method = facts.method;
    this.endpoint = facts.endpoint;
  }

  /** As AgentFlow's client names {@link status}. */
  get statusCode(): number {
    return this.status;
  }

  /** AgentFlow's client has a code of its own for some classes, whatever the server said; the others tell {@link code}. */
  get errorCode(): string {
    return this.code;
  }

  getUserMessage(): string {
    return this.message;
  }

  /** For logs. Holds no credential: an error never knows one. */
  toJSON(): Record<string, unknown> {
    const { name, message, status, code, errorCode, requestId, timestamp, details, challenges, method, endpoint } =
      this;
    const told = { name, message, status, statusCode: status, code, errorCode, requestId, timestamp };
    return { ...told, details, challenges, method, endpoint };
  }
}

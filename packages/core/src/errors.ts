import {
  type Challenge,
  type ErrorCode,
  type ErrorDetail,
  type ExceededQuota,
  errorCodes,
  type PublicError,
} from '@agentflow/protocol';
import { type LimitPolicy, windowSeconds } from './limits/limit-policy.js';

export interface RequestErrorOptions {
  /** The public sentence; the table's own if absent. Must not repeat what the caller sent in a credential. */
  readonly message?: string | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly quota?: ExceededQuota | undefined;
  /** After how many seconds the same may be answered otherwise. Absent: as the quota says, or never. */
  readonly retryAfterSeconds?: number | undefined;
  /** What really happened: for the log and the audit trail, never for the caller. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An end of a request that has a row in the table of errors. `publicError` is all that leaves the server;
 * `reason` and `cause` go to the log and the audit trail.
 */
export class RequestError extends Error {
  override readonly name: string = 'RequestError';
  readonly code: ErrorCode;
  readonly publicError: PublicError;
  readonly reason: string | undefined;
  /** Undefined: to try again changes nothing. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: RequestErrorOptions = {}) {
    super(options.reason ?? options.message ?? errorCodes[code].text, { cause: options.cause });
    this.code = code;
    this.publicError = { code, message: options.message, details: options.details, quota: options.quota };
    this.reason = options.reason;
    this.retryAfterSeconds = options.retryAfterSeconds ?? options.quota?.retryAfterSeconds;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** 400: the request cannot be read, or could be read in two ways. */
export class BadRequestError extends RequestError {
  override readonly name = 'BadRequestError';
  constructor(message: string, options: Omit<RequestErrorOptions, 'message'> = {}) {
    super('BAD_REQUEST', { ...options, message });
  }
}

/** For those errors whose reason the operator must be told: `reason` is never for the caller, `message` always is. */
interface ReasonedOptions {
  readonly reason: string;
}

interface ChallengingOptions extends ReasonedOptions {
  readonly challenges: readonly Challenge[];
}

/** 401: we do not know who this is. */
export class UnauthenticatedError extends RequestError {
  override readonly name = 'UnauthenticatedError';
  readonly challenges: readonly Challenge[];
  constructor({ challenges, reason, code }: ChallengingOptions & { readonly code: 'AUTH_REQUIRED' | 'TOKEN_EXPIRED' }) {
    super(code, { reason });
    this.challenges = challenges;
  }
}

/** 403: we know who this is, and the answer is no. */
export class AccessDeniedError extends RequestError {
  override readonly name = 'AccessDeniedError';
  /** Names the missing scope (RFC 6750 §3.1). */
  readonly challenges: readonly Challenge[];
  constructor({
    message,
    reason,
    challenges = [],
  }: Partial<ChallengingOptions> & ReasonedOptions & { readonly message: string }) {
    super('ACCESS_DENIED', { message, reason });
    this.challenges = challenges;
  }
}

/** 404: there is no such thing, or it is not yours: the two look the same. */
export class NotFoundError extends RequestError {
  override readonly name = 'NotFoundError';
  constructor(message?: string) {
    super('NOT_FOUND', { message });
  }
}

/** 405: the address exists, the method does not. */
export class MethodNotAllowedError extends RequestError {
  override readonly name = 'MethodNotAllowedError';
  readonly allowed: readonly string[];
  constructor(allowed: readonly string[]) {
    super('METHOD_NOT_ALLOWED');
    this.allowed = allowed;
  }
}

/** 426: a socket, and nothing else (RFC 6455 §4.4). */
export class UpgradeRequiredError extends RequestError {
  override readonly name = 'UpgradeRequiredError';
  constructor() {
    super('UPGRADE_REQUIRED');
  }
}

/** 422: the request can be read, but does not say what the route needs. */
export class ValidationError extends RequestError {
  override readonly name = 'ValidationError';
  constructor(details: readonly ErrorDetail[]) {
    const first = details[0];
    const message = first ? `${first.loc.join('.')}: ${first.msg}` : undefined;
    super('VALIDATION_ERROR', { message, details });
  }
}

export interface RateLimitedOptions {
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
  /** Those that did not let it pass; at least one. */
  readonly violated: readonly LimitPolicy[];
  /** Of what there were too many. Absent: requests. */
  readonly what?: string;
}

/** 429: it would have passed a while ago, and will again. */
export class RateLimitedError extends RequestError {
  override readonly name = 'RateLimitedError';
  override readonly retryAfterSeconds: number;
  readonly violated: readonly LimitPolicy[];
  constructor({ retryAfterSeconds, violated, what = 'requests' }: RateLimitedOptions) {
    const policies = violated.map(({ name }) => name);
    const [first] = violated;
    super('RATE_LIMIT_EXCEEDED', {
      message: `Too many ${what}. Try again in ${retryAfterSeconds} s.`,
      reason: `more than the limit ${policies.join(', ')} lets pass`,
      quota: {
        ...{ policies, retryAfterSeconds, limit: first?.burst ?? 0 },
        windowSeconds: first === undefined ? 0 : windowSeconds(first),
      },
    });
    this.retryAfterSeconds = retryAfterSeconds;
    this.violated = violated;
  }
}

/** 503: doubt is a refusal. `reason` tells the operator what was away. */
export class UnavailableError extends RequestError {
  override readonly name = 'UnavailableError';
  constructor(options: ReasonedOptions & Pick<RequestErrorOptions, 'cause' | 'message'>) {
    super('UNAVAILABLE', { retryAfterSeconds: 1, ...options });
  }
}

/** The client closed its connection: nobody reads the answer. */
export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';
  constructor() {
    super('the client closed the connection');
  }
}

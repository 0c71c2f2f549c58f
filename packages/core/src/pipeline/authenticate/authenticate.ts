import type {
  AuthenticatedResult,
  AuthenticationContext,
  AuthenticationResult,
  ConfiguredAuth,
  CredentialUse,
} from '../../base-auth.js';
import { isThenable, withDeadline } from '../../deadline.js';
import { RateLimitedError, UnauthenticatedError, UnavailableError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { RevocationSource } from '../../revocation-source.js';
import type { Webhooks } from '../../webhooks.js';
import type { Caller, RequestView } from '../request.js';
import { actsAsNamed } from './act-for.js';
import { authenticateSigned } from './authenticate-signed.js';
import { createAuthenticationRequest } from './authentication-request.js';
import { toAuthenticationResult } from './authentication-result.js';
import { challengesOf } from './challenges.js';
import { requireOneCredential } from './one-credential.js';
import { isRevoked } from './revoked.js';
import { stripCredential } from './strip-credential.js';

export interface AuthenticateOptions {
  /** Tried in order. */
  readonly backends: readonly ConfiguredAuth[];
  readonly revocations: RevocationSource;
  /** What routes that are signed go by. Absent where there are none. */
  readonly webhooks?: Webhooks | undefined;
  readonly log: Log;
}

/**
 * Authenticate: credential to principal. Null for a public route. Each backend in turn authenticates, rejects, or has
 * nothing to say; a throw, a time-out or a nonsense answer ends the request as 503 and never falls through to the next.
 * @throws {BadRequestError} {@link UnauthenticatedError} {@link UnavailableError}
 */
export async function authenticate(request: RequestView, options: AuthenticateOptions): Promise<Caller | null> {
  if (request.match.kind === 'found' && 'public' in request.match.route) return null;
  if (request.match.kind === 'found' && 'signed' in request.match.route) return authenticateSigned(request, options);
  requireOneCredential(request, options.backends);
  const reasons: string[] = [];
  for (const configured of options.backends) {
    const result = await ask(configured, request, options.log);
    if (result.kind === 'authenticated') {
      requireUnrevoked(configured, result, request, options);
      if (!actsAsNamed(request, result.principal)) {
        const reason = `${configured.name}: the credential does not act for whom X-Act-For names`;
        throw unauthenticated(options.backends, request, reason);
      }
      return toCaller(configured, await withoutCredential(configured, result, request, options.log));
    }
    if (result.kind === 'rejected') {
      throw unauthenticated(options.backends, request, `${configured.name}: ${result.reason}`, result.code);
    }
    if (result.reason !== undefined) reasons.push(`${configured.name}: ${result.reason}`);
  }
  const names = [...new Set(options.backends.map(({ name }) => name))].join(' or ');
  throw unauthenticated(options.backends, request, [`no credential that ${names} takes`, ...reasons].join('; '));
}

async function ask(configured: ConfiguredAuth, request: RequestView, log: Log): Promise<AuthenticationResult> {
  const { name, backend, deadlineMilliseconds } = configured;
  try {
    const context = createContext(request, log, deadlineMilliseconds);
    const answer = backend.authenticate(createAuthenticationRequest(request), context, request.credential);
    const settled = isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, name) : answer;
    return toAuthenticationResult(settled);
  } catch (error) {
    // Who tries too often is told so, by whatever takes what they try.
    if (error instanceof RateLimitedError) throw error;
    const what = error instanceof Error ? error.message : 'threw something that is not an Error';
    throw new UnavailableError({ reason: `authentication backend ${name}: ${what}`, cause: error });
  }
}

function requireUnrevoked(
  { name }: ConfiguredAuth,
  result: AuthenticatedResult,
  request: RequestView,
  { backends, revocations }: AuthenticateOptions,
): void {
  if (isRevoked(result, revocations))
    throw unauthenticated(backends, request, `${name}: the credential has been revoked`);
}

/** Few backends ask for the signal, so it is made for those who do. */
function createContext(request: RequestView, log: Log, deadlineMilliseconds: number): AuthenticationContext {
  let signal: AbortSignal | undefined;
  return Object.freeze({
    log,
    get signal() {
      signal ??= AbortSignal.any([request.signal, AbortSignal.timeout(deadlineMilliseconds)]);
      return signal;
    },
  });
}

async function withoutCredential(
  configured: ConfiguredAuth,
  answered: AuthenticatedResult,
  request: RequestView,
  log: Log,
): Promise<AuthenticatedResult> {
  if (Object.keys(answered.principal.claims).length === 0) return answered;
  const askAgain = (other: RequestView) => ask(configured, other, log);
  const { result, dropped } = await stripCredential(answered, { configured, request, ask: askAgain });
  if (dropped.length > 0) {
    const { name } = configured;
    log.warn(
      { requestId: request.id, backend: name, dropped },
      `${name} put the presented credential into the user as ${dropped.join(', ')}; dropped, so that no graph or log sees it`,
    );
  }
  return result;
}

function toCaller({ name, backend }: ConfiguredAuth, result: AuthenticatedResult): Caller {
  const admitting = backend.admit === undefined ? {} : { admit: (use: CredentialUse) => backend.admit?.(result, use) };
  return { principal: result.principal, method: name, evidence: result.evidence, ...admitting };
}

function unauthenticated(
  backends: readonly ConfiguredAuth[],
  { credential }: RequestView,
  reason: string,
  code: 'AUTH_REQUIRED' | 'TOKEN_EXPIRED' = 'AUTH_REQUIRED',
): UnauthenticatedError {
  const description = code === 'TOKEN_EXPIRED' ? { error_description: 'The token has expired' } : {};
  // RFC 6750 §3.1: `error` only where such a credential was sent.
  const error = credential?.scheme === 'bearer' ? { error: 'invalid_token', ...description } : {};
  return new UnauthenticatedError({ challenges: challengesOf(backends, error), reason, code });
}

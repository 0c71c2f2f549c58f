import { actingPrincipals } from '../../acting-principals.js';
import type {
  AuthenticatedResult,
  AuthenticationContext,
  AuthenticationResult,
  ConfiguredAuth,
} from '../../base-auth.js';
import { isThenable, withDeadline } from '../../deadline.js';
import { UnauthenticatedError, UnavailableError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { RevocationSource } from '../../revocation-source.js';
import type { Caller, RequestView } from '../request.js';
import { actsAsNamed } from './act-for.js';
import { createAuthenticationRequest } from './authentication-request.js';
import { toAuthenticationResult } from './authentication-result.js';
import { challengesOf } from './challenges.js';
import { requireOneCredential } from './one-credential.js';
import { presentedSecrets, stripCredential } from './strip-credential.js';

export interface AuthenticateOptions {
  /** Tried in order. */
  readonly backends: readonly ConfiguredAuth[];
  readonly revocations: RevocationSource;
  readonly log: Log;
}

/**
 * Authenticate: credential to principal. Null for a public route. Each backend in turn authenticates, rejects, or has
 * nothing to say; a throw, a time-out or a nonsense answer ends the request as 503 and never falls through to the next.
 * @throws {BadRequestError} {@link UnauthenticatedError} {@link UnavailableError}
 */
export async function authenticate(request: RequestView, options: AuthenticateOptions): Promise<Caller | null> {
  if (request.match.kind === 'found' && 'public' in request.match.route) return null;
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
      return toCaller(configured, result, request, options.log);
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
    const what = error instanceof Error ? error.message : 'threw something that is not an Error';
    throw new UnavailableError({ reason: `authentication backend ${name}: ${what}`, cause: error });
  }
}

/**
 * Every credential, remembered or new: whoever has been turned out is out with the next request. So is whoever acts, or has acted
 * before: who was turned out has had a hand in how the credential came to be.
 */
function requireUnrevoked(
  { name }: ConfiguredAuth,
  { principal, evidence }: AuthenticatedResult,
  request: RequestView,
  { backends, revocations }: AuthenticateOptions,
): void {
  let isRevoked: boolean;
  try {
    const everybody = [principal, ...actingPrincipals(principal)];
    isRevoked = everybody.some((one) => revocations.isRevoked({ principal: one, ...evidence }));
  } catch (error) {
    throw new UnavailableError({ reason: 'the source of revocations threw', cause: error });
  }
  if (isRevoked) throw unauthenticated(backends, request, `${name}: the credential has been revoked`);
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

function toCaller({ name }: ConfiguredAuth, result: AuthenticatedResult, request: RequestView, log: Log): Caller {
  const hasClaims = Object.keys(result.principal.claims).length > 0;
  if (!hasClaims) return { principal: result.principal, method: name, evidence: result.evidence };
  const { result: clean, dropped } = stripCredential(result, presentedSecrets(request));
  if (dropped.length > 0) {
    log.warn(
      { requestId: request.id, backend: name, dropped },
      `${name} put the presented credential into the user as ${dropped.join(', ')}; dropped, so that no graph or log sees it`,
    );
  }
  return { principal: clean.principal, method: name, evidence: clean.evidence };
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

import {
  AccessDeniedError,
  BadRequestError,
  type IssuedSession,
  ownerOf,
  parseRefreshToken,
  UnavailableError,
  type Visitor,
} from '@agentflow/core';
import type { Provider, SignInParts } from './provider.js';
import { type ProviderClaims, ProviderRefusalError } from './provider-connection.js';
import { ClaimsError } from './read-claims.js';
import { admit, vouchedOf } from './read-vouched.js';

/** Of our own: nothing that the provider has issued is kept. */
export interface BegunSession {
  readonly issued: IssuedSession;
  /** Names it in the database, and is not told. */
  readonly familyId: string;
}

/**
 * Begins a session of ours for whom the provider has named: always a new one.
 * @throws {AccessDeniedError} for somebody who may not sign in
 */
export async function beginSession(
  { name, options }: Provider,
  claims: ProviderClaims,
  { address, headers }: Visitor,
  { begin }: Pick<SignInParts, 'begin'>,
): Promise<BegunSession> {
  try {
    const vouched = vouchedOf(claims, options);
    const principal = admit(vouched, options);
    if (principal === undefined) throw denied(`"allow" of the provider "${name}" does not name them`);
    const client = { address, userAgent: headers.get('user-agent') };
    const issued = await begin({ owner: ownerOf(principal), via: name, vouched, ...client });
    const familyId = parseRefreshToken(issued.refreshToken)?.familyId;
    if (familyId === undefined) throw new Error('a session was begun without a refresh token');
    return { issued, familyId };
  } catch (error) {
    if (error instanceof ClaimsError) throw denied(`what the provider "${name}" says cannot be used: ${error.message}`);
    throw error;
  }
}

function denied(reason: string): AccessDeniedError {
  return new AccessDeniedError({ message: 'This account may not sign in here.', reason });
}

/** What they say when it is not the visitor whom they refuse, but us (RFC 6749 §4.1.2.1, §5.2). */
const misconfigured = new Set([
  ...[
    'invalid_client',
    'unauthorized_client',
    'invalid_redirect_uri',
    'redirect_uri_mismatch',
    'unsupported_response_type',
  ],
  ...['invalid_scope', 'invalid_request', 'invalid_target', 'unsupported_grant_type'],
]);

/** @throws {RequestError} with what whoever signs in may read, and what the operator has to do */
export function refuse(error: unknown, { name }: Provider, redirectUri?: string): never {
  if (!(error instanceof ProviderRefusalError)) throw error;
  const reason = `the provider "${name}": ${error.message}`;
  if (error.code === 'access_denied') {
    throw new AccessDeniedError({ message: 'The sign-in was cancelled, or the provider has refused it.', reason });
  }
  if (error.code !== undefined && misconfigured.has(error.code)) {
    const register = redirectUri === undefined ? '' : ` Register ${redirectUri} there as a redirect URI of the client.`;
    const message = `The sign-in provider "${name}" does not take this server for the client that it is configured as.${register}`;
    // Only what we have asked ourselves is certain enough to be a fault of ours.
    if (error.isByBrowser) throw new BadRequestError(message, { reason });
    throw new UnavailableError({ message, reason: `${reason}.${register}` });
  }
  throw new BadRequestError('This sign-in cannot be finished. Begin it again.', { reason });
}

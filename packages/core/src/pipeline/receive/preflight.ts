import { AccessDeniedError } from '../../errors.js';

/**
 * A preflight (Fetch §3.2.2) carries no credential and asks about none: it is refused before authentication, alike for every
 * path.
 * @throws {AccessDeniedError}
 */
export function refusePreflight(method: string, headers: ReadonlyMap<string, string>): void {
  if (method !== 'OPTIONS' || !headers.has('origin') || !headers.has('access-control-request-method')) return;
  throw new AccessDeniedError({
    message: 'Forbidden: pages of this origin may not send such a request.',
    reason: 'a preflight for an origin, a method or a header that is not listed',
  });
}

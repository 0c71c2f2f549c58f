import { AccessDeniedError } from '../../errors.js';

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * Without authentication the server answers this machine's own programs only: not a web page that found its port
 * (foreign `Origin`), not a name that was made to point here (`Host`), not a proxy that others reach (forwarding headers).
 * @throws {AccessDeniedError}
 */
export function requireLocal(headers: ReadonlyMap<string, string>): void {
  const host = headers.get('host') ?? '';
  if (!loopbackHost.test(host)) refuse('the Host header is not a loopback name');
  const origin = headers.get('origin');
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) refuse('the Origin is foreign');
  const site = headers.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') refuse('a web page of another site asks');
  const forwarded = forwardingHeaders.find((name) => headers.has(name));
  if (forwarded !== undefined) refuse(`the request was forwarded (${forwarded})`);
}

function refuse(reason: string): never {
  throw new AccessDeniedError(
    `Forbidden: this server has no authentication and serves this machine only; ${reason}.`,
    reason,
  );
}

/** True for addresses that only this machine reaches. */
export function isLoopbackAddress(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}

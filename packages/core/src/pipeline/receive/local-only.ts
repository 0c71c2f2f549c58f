import { AccessDeniedError } from '../../errors.js';

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
/** What proxies add. One that adds nothing and writes a loopback `Host` cannot be told from a local program. */
const forwardingHeader =
  /^(?:forwarded|via|true-client-ip|x-(?:forwarded|original|real|envoy|amzn)-.*|cf-.*|fastly-.*)$/;

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
  const forwarded = [...headers.keys()].find((name) => forwardingHeader.test(name));
  if (forwarded !== undefined) refuse(`the request was forwarded (${forwarded})`);
}

/**
 * Whether a program of this machine asks, and nobody through it: what it sends has been on no network. A proxy that says nothing of itself
 * and calls us by a loopback name cannot be told from one.
 */
export function isOfThisMachine({
  address,
  headers,
}: {
  readonly address: string;
  readonly headers: Iterable<readonly [string, string]>;
}): boolean {
  const fields = new Map(headers);
  const isForwarded = [...fields.keys()].some((name) => forwardingHeader.test(name));
  return isLoopbackAddress(address) && !isForwarded && loopbackHost.test(fields.get('host') ?? '');
}

function refuse(reason: string): never {
  const message = `Forbidden: this server has no authentication and serves this machine only; ${reason}.`;
  throw new AccessDeniedError({ message, reason });
}

/** True for addresses that only this machine reaches. */
export function isLoopbackAddress(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}

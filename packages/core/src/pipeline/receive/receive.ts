import type { IncomingRequest, RequestView, RouteMatch } from '../request.js';
import { readCredential, readHeaders } from './headers.js';
import { requireLocal } from './local-only.js';
import type { Client, TrustedProxies } from './locate-client.js';
import { refusePreflight } from './preflight.js';
import { parseRequestTarget } from './request-target.js';

export interface ReceiveOptions {
  /** Finds the route of a path; `method` is the request's own, HEAD counting as GET. */
  readonly matchRoute: (method: string, path: string) => RouteMatch;
  /** True where there is no authentication and nothing says that strangers may come. */
  readonly localOnly: boolean;
  /** Absent: nobody is believed about whom a request was forwarded for. */
  readonly proxies?: TrustedProxies | undefined;
  /** True where a preflight that is acceptable is answered before the pipeline: one that comes here is not. */
  readonly refusesPreflights?: boolean | undefined;
}

/**
 * Receive: a socket's request becomes a {@link RequestView}. A fault of the target is only noted, because whoever
 * has no credential gets 401 whatever the path.
 * @throws {BadRequestError} for header fields that contradict each other
 * @throws {AccessDeniedError} for what is not local, where only the local is served, and for a preflight
 */
export function receive(
  incoming: IncomingRequest,
  id: string,
  { address, isSecure }: Client,
  options: ReceiveOptions,
): RequestView {
  const headers = readHeaders(incoming.rawHeaders);
  if (options.localOnly) requireLocal(headers);
  if (options.refusesPreflights === true) refusePreflight(incoming.method, headers);
  const target = parseRequestTarget(incoming.target);
  const malformed = 'malformed' in target;
  const path = malformed ? '' : target.path;
  return {
    id,
    method: incoming.method,
    target: incoming.target,
    path,
    query: malformed ? new URLSearchParams() : target.query,
    match: malformed ? { kind: 'malformed', reason: target.malformed } : options.matchRoute(incoming.method, path),
    headers,
    address,
    isSecure,
    transport: incoming.transport,
    credential: readCredential(headers),
    body: incoming.body,
    signal: incoming.signal,
    serverEnd: incoming.serverEnd,
  };
}

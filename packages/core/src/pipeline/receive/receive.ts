import type { IncomingRequest, RequestView, RouteMatch } from '../request.js';
import { readCredential, readHeaders } from './headers.js';
import { requireLocal } from './local-only.js';
import type { Client, TrustedProxies } from './locate-client.js';
import { type CallingPages, fieldsOfForm, fieldsOfOpening, type PageRequest } from './page-origin.js';
import { refusePreflight } from './preflight.js';
import { parseRequestTarget } from './request-target.js';
import { readOffer, takeTokens } from './socket-credential.js';

export interface ReceiveOptions {
  /** Finds the route of a path; `method` is the request's own, HEAD counting as GET. */
  readonly matchRoute: (method: string, path: string) => RouteMatch;
  /** True where there is no authentication and nothing says that strangers may come. */
  readonly localOnly: boolean;
  /** Absent: nobody is believed about whom a request was forwarded for. */
  readonly proxies?: TrustedProxies | undefined;
  /** True where a preflight that is acceptable is answered before the pipeline: one that comes here is not. */
  readonly refusesPreflights?: boolean | undefined;
  /** Pages of other origins that may call. Absent: none. */
  readonly pages?: CallingPages | undefined;
  /** True where `?token=` is a credential of a WebSocket, and nowhere else. */
  readonly tokenInQuery?: boolean | undefined;
}

/**
 * Receive: a socket's request becomes a {@link RequestView}. A fault of the target is only noted, because whoever
 * has no credential gets 401 whatever the path.
 * @throws {BadRequestError} for header fields that contradict each other
 * @throws {AccessDeniedError} for what is not local, where only the local is served, for a preflight, and for a page that may open no
 *   socket
 */
export function receive(
  incoming: IncomingRequest,
  id: string,
  { address, isSecure }: Client,
  options: ReceiveOptions,
): RequestView {
  const fields = readHeaders(incoming.rawHeaders);
  if (options.localOnly) requireLocal(fields);
  if (options.refusesPreflights === true) refusePreflight(incoming.method, fields);
  const isUpgrade = incoming.transport === 'websocket';
  const counting = fieldsThatCount(incoming, { headers: fields, isSecure }, options.pages);
  const { match, target, path, query, tokens } = findRoute(incoming, options);
  const isSocket = isUpgrade && match.kind === 'found' && match.route.answer === 'socket';
  const { headers, offer } = isSocket ? readOffer(counting, tokens) : { headers: counting };
  return {
    id,
    method: incoming.method,
    ...{ target, path, query, match, headers, address, isSecure },
    transport: incoming.transport,
    credential: readCredential(headers),
    ...(offer !== undefined && { offer }),
    body: incoming.body,
    signal: incoming.signal,
    serverEnd: incoming.serverEnd,
  };
}

// Fetch, "CORS-safelisted request-header": of all types of a body, a page of another origin may send these without asking.
const unaskedTypes = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)[ \t]*(?:;|$)/i;

/** Of what any page can have sent without asking, only what is not its browser's doing. */
function fieldsThatCount(
  { transport, method }: IncomingRequest,
  request: PageRequest,
  pages: CallingPages | undefined,
): ReadonlyMap<string, string> {
  if (transport === 'websocket') return fieldsOfOpening(request, pages);
  const type = request.headers.get('content-type');
  const isUnasked = method === 'POST' && (type === undefined || unaskedTypes.test(type));
  return isUnasked ? fieldsOfForm(request, pages) : request.headers;
}

interface FoundRoute extends Pick<RequestView, 'target' | 'path' | 'query' | 'match'> {
  readonly tokens: readonly string[];
}

/** A token in the query is none but where a socket is opened, and there only if the configuration says so. */
function findRoute({ method, target, transport }: IncomingRequest, options: ReceiveOptions): FoundRoute {
  const find = (wanted: string): Omit<FoundRoute, 'tokens'> => {
    const parsed = parseRequestTarget(wanted);
    if ('malformed' in parsed) {
      const match = { kind: 'malformed', reason: parsed.malformed } as const;
      return { target: wanted, path: '', query: new URLSearchParams(), match };
    }
    return { target: wanted, ...parsed, match: options.matchRoute(method, parsed.path) };
  };
  if (transport === 'websocket' && options.tokenInQuery === true) {
    const { target: rest, tokens } = takeTokens(target);
    const found = find(rest);
    if (found.match.kind === 'found' && found.match.route.answer === 'socket') return { ...found, tokens };
  }
  return { ...find(target), tokens: [] };
}

import { AccessDeniedError } from '../../errors.js';

/** Whose web pages may call, beside the server's own. */
export interface CallingPages {
  /** As browsers write them; `*` for any. */
  readonly origins: readonly string[] | '*';
  /** Whether what a browser adds by itself counts, where it is such a page that calls. */
  readonly credentials: boolean;
}

/** What one request says about itself. */
export interface PageRequest {
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client's connection is encrypted. */
  readonly isSecure: boolean;
}

/**
 * A browser lets any page open a WebSocket anywhere, and asks nobody: the server has to look at `Origin` itself (RFC 6455 §10.2).
 * A page of another origin that may call brings nothing along that its browser adds by itself, unless CORS says so too: cookies, and
 * passwords that the browser has kept. Programs have no origin. Returns the fields that count.
 * @throws {AccessDeniedError} for a page that may not call
 */
export function fieldsOfOpening(
  { headers, isSecure }: PageRequest,
  pages: CallingPages | undefined,
): ReadonlyMap<string, string> {
  const origin = headers.get('origin');
  if (origin === undefined || isSameOrigin(origin, headers.get('host') ?? '', isSecure)) return headers;
  if (pages === undefined || !isListed(origin, pages)) {
    throw new AccessDeniedError({
      message: 'Forbidden: pages of this origin may not open a WebSocket here.',
      reason: `a page of another origin opens a socket, and ${quote(origin)} is not listed`,
    });
  }
  return pages.credentials ? headers : withoutAmbient(headers);
}

/**
 * A browser lets any page send a form anywhere, too, or a request without a body, and asks nobody before (Fetch, "CORS-safelisted"): CORS
 * decides only who reads the answer. It says itself whose page it is, where the connection is secure; else `Origin` does, which is
 * another where somebody in front of us has changed `Host`: then a token counts, that a browser does not add by itself. Returns the
 * fields that count.
 * @throws {AccessDeniedError} for a page that may not call
 */
export function fieldsOfForm(
  { headers, isSecure }: PageRequest,
  pages: CallingPages | undefined,
): ReadonlyMap<string, string> {
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin');
  const isOwn = origin === undefined || isSameOrigin(origin, headers.get('host') ?? '', isSecure);
  if (site === undefined ? isOwn : site === 'same-origin' || site === 'none') return headers;
  if (isListed(origin ?? 'null', pages)) return pages?.credentials === true ? headers : withoutAmbient(headers);
  if (site === undefined) return withoutAmbient(headers);
  throw new AccessDeniedError({
    message: 'Forbidden: pages of this origin may not send such a request.',
    reason: `a page of another site sends a form, and ${quote(origin ?? 'null')} is not listed`,
  });
}

function isListed(origin: string, pages: CallingPages | undefined): boolean {
  return pages !== undefined && (pages.origins === '*' || pages.origins.includes(origin));
}

/** As a log has it. */
function quote(origin: string): string {
  return JSON.stringify(origin.slice(0, 200));
}

function withoutAmbient(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name, value]) => !isAmbient(name, value)));
}

/** Whoever is in front of us may speak TLS for us, and say nothing about it: then both schemes are ours. */
function isSameOrigin(origin: string, host: string, isSecure: boolean): boolean {
  const [, scheme, authority] = /^(https?):\/\/([^/]+)$/i.exec(origin) ?? [];
  if (scheme === undefined || authority === undefined || (isSecure && scheme.toLowerCase() !== 'https')) return false;
  const port = scheme.toLowerCase() === 'https' ? /:443$/ : /:80$/;
  return authority.toLowerCase() === host.toLowerCase().replace(port, '');
}

/** No page can set these fields with a WebSocket or a form; a browser adds them from what it has kept. None keeps a bearer token. */
function isAmbient(name: string, value: string): boolean {
  return name === 'cookie' || (name === 'authorization' && !/^bearer(?: |$)/i.test(value));
}

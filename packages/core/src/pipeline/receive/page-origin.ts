import { AccessDeniedError } from '../../errors.js';

/** Whose web pages may open a socket here, beside the server's own. */
export interface SocketPages {
  /** As browsers write them; `*` for any. */
  readonly origins: readonly string[] | '*';
  /** Whether what a browser adds by itself counts, where it is such a page that opens the socket. */
  readonly credentials: boolean;
}

/** What one request says about itself. */
export interface SocketOpening {
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
  { headers, isSecure }: SocketOpening,
  pages: SocketPages | undefined,
): ReadonlyMap<string, string> {
  const origin = headers.get('origin');
  if (origin === undefined || isSameOrigin(origin, headers.get('host') ?? '', isSecure)) return headers;
  if (pages === undefined || !(pages.origins === '*' || pages.origins.includes(origin))) {
    throw new AccessDeniedError({
      message: 'Forbidden: pages of this origin may not open a WebSocket here.',
      reason: `a page of another origin opens a socket, and ${JSON.stringify(origin.slice(0, 200))} is not listed`,
    });
  }
  if (pages.credentials) return headers;
  return new Map([...headers].filter(([name, value]) => !isAmbient(name, value)));
}

/** Whoever is in front of us may speak TLS for us, and say nothing about it: then both schemes are ours. */
function isSameOrigin(origin: string, host: string, isSecure: boolean): boolean {
  const [, scheme, authority] = /^(https?):\/\/([^/]+)$/i.exec(origin) ?? [];
  if (scheme === undefined || authority === undefined || (isSecure && scheme.toLowerCase() !== 'https')) return false;
  const port = scheme.toLowerCase() === 'https' ? /:443$/ : /:80$/;
  return authority.toLowerCase() === host.toLowerCase().replace(port, '');
}

/** No page can set these fields with a WebSocket; a browser adds them from what it has kept. None keeps a bearer token. */
function isAmbient(name: string, value: string): boolean {
  return name === 'cookie' || (name === 'authorization' && !/^bearer(?: |$)/i.test(value));
}

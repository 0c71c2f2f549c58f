/** RFC 6265bis §4.1.1: a name, and a value without spaces, quotes, commas, semicolons and backslashes. */
const pair = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)$/;

/**
 * The cookies of a request, by name. One that stands twice is left out: somebody else, at another path or for the whole domain, has set one of
 * the two, and there is no telling which.
 */
export function readCookies(headers: { get(name: string): string | null | undefined }): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  const doubled = new Set<string>();
  for (const text of (headers.get('cookie') ?? '').split(';')) {
    const [, name, value] = pair.exec(text.trim()) ?? [];
    if (name === undefined || value === undefined) continue;
    if (cookies.has(name)) doubled.add(name);
    cookies.set(name, value);
  }
  for (const name of doubled) cookies.delete(name);
  return cookies;
}

export interface CookieAttributes {
  /** Seconds; 0 removes it. */
  readonly maxAge: number;
  readonly secure: boolean;
  /** Whether scripts of the page can read it. */
  readonly readable?: boolean;
}

/** For all paths of this host and no other. Sent along where somebody follows a link from elsewhere, and with nothing else from there. */
export function formatCookie(name: string, value: string, { maxAge, secure, readable }: CookieAttributes): string {
  const attributes = ['Path=/', `Max-Age=${maxAge}`, 'SameSite=Lax'];
  if (readable !== true) attributes.push('HttpOnly');
  if (secure) attributes.push('Secure');
  return [`${name}=${value}`, ...attributes].join('; ');
}

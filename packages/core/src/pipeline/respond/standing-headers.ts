// OWASP ASVS 5.0 §3.4; what is answered is not a page, unless a route says otherwise.
const everywhere = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
} as const;

/** RFC 6797 §7.2: not over a connection that is not secure. A year, as ASVS 3.4.1 asks. */
const overTls = { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } as const;

/** What every answer carries, also one to something that is no request. */
export function standingHeaders(requestId: string, isSecure: boolean): Readonly<Record<string, string>> {
  return { ...everywhere, ...(isSecure && overTls), 'X-Request-ID': requestId };
}

/** The path and query of a request, or why they could mean two things. */
export type RequestTarget = { readonly path: string; readonly query: URLSearchParams } | { readonly malformed: string };

// RFC 3986 §3.3, less ";" whose meaning differs between servers.
const pathCharacters = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/;
const forbiddenOnceDecoded = /[\p{Cc}/\\]|%[0-9A-Fa-f]{2}/u;

/** A credential in an address ends up in logs and histories; no route takes one (RFC 6750 §5.3). */
const credentialParameters = ['token', 'access_token', 'api_key', 'apikey'];

/**
 * Reads a request-target in origin-form (RFC 9112 §3.2.1). Repeated slashes are collapsed, because AgentFlow's client
 * makes them; everything else that two readers could understand differently is malformed, so that the path that is
 * authorized is the path that is routed.
 */
export function parseRequestTarget(target: string): RequestTarget {
  if (!target.startsWith('/')) return { malformed: 'The request-target must be a path that begins with "/".' };
  const queryStart = target.indexOf('?');
  const rawPath = queryStart === -1 ? target : target.slice(0, queryStart);
  if (!pathCharacters.test(rawPath)) return { malformed: 'The path has a character that must be percent-encoded.' };
  const path = ownSpelling(rawPath.replace(/\/{2,}/g, '/'));
  for (const segment of path.split('/')) {
    const fault = segmentFault(segment);
    if (fault !== undefined) return { malformed: fault };
  }
  const query = new URLSearchParams(queryStart === -1 ? '' : target.slice(queryStart + 1));
  const misplaced = credentialParameters.find((name) => query.has(name));
  if (misplaced !== undefined) return { malformed: `A credential does not go into the address: "${misplaced}".` };
  return { path, query };
}

/**
 * Clients of m9m write `/api/v1/…`. From here on it is the same path as `/v1/…`: for the route, the decision and the trail.
 */
function ownSpelling(path: string): string {
  return path.startsWith('/api/v1/') ? path.slice('/api'.length) : path;
}

function segmentFault(segment: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    return 'The path is not UTF-8 once decoded.';
  }
  if (decoded === '.' || decoded === '..') return 'The path has a dot segment.';
  if (forbiddenOnceDecoded.test(decoded)) {
    return 'The path has an encoded slash, backslash, control character or percent sequence.';
  }
  return undefined;
}

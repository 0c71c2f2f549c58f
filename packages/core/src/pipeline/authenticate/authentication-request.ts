import type { AuthenticationRequest } from '../../base-auth.js';
import type { RequestView } from '../request.js';

/** A `Headers` that cannot be changed. */
function frozenHeaders(fields: Iterable<readonly [string, string]>): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.append(name, value);
  const refuse = () => {
    throw new TypeError('the headers of the request cannot be changed');
  };
  return Object.freeze(Object.assign(headers, { append: refuse, delete: refuse, set: refuse }));
}

/**
 * The frozen request that one backend sees: each gets its own, so that nothing which one does to it reaches another.
 * Its `Headers` are made when the backend first asks for them.
 */
export function createAuthenticationRequest(request: RequestView): AuthenticationRequest {
  let headers: Headers | undefined;
  return Object.freeze({
    method: request.method,
    url: request.target,
    address: request.address,
    isSecure: request.isSecure,
    requestId: request.id,
    transport: request.transport,
    get headers() {
      headers ??= frozenHeaders(request.headers);
      return headers;
    },
  });
}

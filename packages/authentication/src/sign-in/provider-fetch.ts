import type { CustomFetch, FetchBody } from 'openid-client';
import type { FetchJson } from '../oauth/fetch/fetch-json.js';

/** What the library asks, by the one way in which anybody else is asked. */
export function createProviderFetch(fetchJson: FetchJson, issuer: URL): CustomFetch {
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    requireScheme(url, issuer);
    const text = readText(body);
    if ((method === 'POST') !== (text !== undefined))
      throw new TypeError(`${method} is nothing that is asked of a provider`);
    const {
      accept: _accept,
      'content-type': type = 'application/x-www-form-urlencoded',
      ...fields
    } = lowerCased(headers);
    const stop = signal ?? new AbortController().signal;
    const posted = text !== undefined && { body: { type, text } };
    const answer = await fetchJson({ url, headers: fields, alsoRead: errors, ...posted }, stop);
    // A response of these may have no body.
    const isEmpty = [101, 204, 205, 304].includes(answer.status);
    const said = isEmpty || answer.value === undefined ? null : JSON.stringify(answer.value);
    return new Response(said, { status: answer.status, headers: { 'content-type': 'application/json' } });
  };
}

/** With these a token endpoint says what is wrong (RFC 6749 §5.2). */
const errors = [400, 401];

/** A provider on this machine may be asked in the clear, and then on this machine alone; no other may. */
function requireScheme({ protocol, hostname }: URL, issuer: URL): void {
  if (protocol === 'https:' || (protocol === 'http:' && issuer.protocol === 'http:' && hostname === issuer.hostname))
    return;
  throw new TypeError(`${hostname} would be asked in the clear`);
}

function readText(body: FetchBody): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body);
  throw new TypeError('the body is no text');
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

import type { ConfiguredAuth } from '../../base-auth.js';
import { readCredential } from '../receive/headers.js';
import type { RequestView } from '../request.js';
import { proofFields } from './proof-fields.js';

/** Headers whose values are, or hold, what a caller proves itself with. */
const credentialHeader =
  /^(?:proxy-)?authorization$|api-?key|(?:^|-)key$|token|secret|credential|passw|session|signature/i;

/** A shorter text is no secret, and too many claims would hold it by chance. */
export const leastSecretLength = 8;

type Backend = Pick<ConfiguredAuth['backend'], 'reads'>;

/**
 * The texts in the request that may be the credential: what the backend reads, or where it does not say what it reads, every text that
 * is long enough and stands where credentials do. The caller chooses all of them: alone, they prove nothing.
 */
export function presentedSecrets(request: RequestView, backend: Backend): ReadonlySet<string> {
  const { headers, credential } = request;
  const texts =
    backend.reads?.(headers, credential) ??
    [...headers]
      .filter(([name]) => name === 'cookie' || credentialHeader.test(name))
      .flatMap(([name, value]) => textsIn(name, value, request))
      .filter((text) => text.length >= leastSecretLength);
  return new Set(texts.filter((text) => text !== ''));
}

/** What a request proves without some texts, and what they prove without all else. */
export interface PartedRequest {
  readonly without: RequestView;
  readonly alone: RequestView;
}

/** Parts a request by these texts. Undefined where one of them is not the whole of a field or of a cookie. */
export function partRequest(request: RequestView, texts: ReadonlySet<string>): PartedRequest | undefined {
  const proving = proofFields(request.headers);
  const without = new Map<string, string>();
  const alone = new Map<string, string>();
  const found = new Set<string>();
  for (const [name, value] of request.headers) {
    const [others, own] = partField(name, value, request, texts);
    if (others !== undefined) without.set(name, others);
    if (own !== undefined) alone.set(name, own);
    else if (!proving.has(name)) alone.set(name, value);
    if (own !== undefined) for (const text of textsIn(name, own, request)) found.add(text);
  }
  if ([...texts].some((text) => !found.has(text))) return undefined;
  return { without: withHeaders(request, without), alone: withHeaders(request, alone) };
}

/** What of a field is something else, and what of it is one of the texts. */
function partField(name: string, value: string, request: RequestView, texts: ReadonlySet<string>) {
  if (name !== 'cookie')
    return textsIn(name, value, request).some((text) => texts.has(text)) ? [undefined, value] : [value];
  const cookies = splitCookies(value);
  const own = cookies.filter((cookie) => texts.has(cookieValue(cookie)));
  const others = cookies.filter((cookie) => !own.includes(cookie));
  return [others, own].map((some) => (some.length === 0 ? undefined : some.join('; ')));
}

function textsIn(name: string, value: string, { credential }: RequestView): readonly string[] {
  if (name === 'authorization') return credential === null ? [] : [credential.credentials];
  return name === 'cookie' ? splitCookies(value).map(cookieValue) : [value];
}

function splitCookies(field: string): readonly string[] {
  return field.split(/; */);
}

function cookieValue(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1);
}

function withHeaders(request: RequestView, headers: ReadonlyMap<string, string>): RequestView {
  return { ...request, headers, credential: readCredential(headers) };
}

import { readCredential } from '../receive/headers.js';
import type { RequestView } from '../request.js';

/** Header fields that say where a request goes and how it is to be read, and nothing about who sends it. */
const standing = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'date', 'dnt'],
  ...['expect', 'forwarded', 'from', 'host', 'keep-alive', 'last-event-id', 'max-forwards', 'origin', 'pragma'],
  ...['priority', 'referer', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'upgrade-insecure-requests'],
  ...['user-agent', 'via', 'x-policy-revision', 'x-requested-with', 'x-request-id', 'traceparent', 'tracestate'],
]);
const standingPrefix =
  /^(?:accept-|access-control-|content-|if-|sec-|x-forwarded-|x-real-|x-envoy-|x-amzn-|cf-|fastly-)/;

type Headers = ReadonlyMap<string, string>;

/**
 * The fields by which whoever sends a request may have proved who they are. A plugin may read any, and need not say which: so these are
 * all but those of which everybody knows that they prove nothing.
 */
export function proofFields(headers: Headers): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => !standing.has(name) && !standingPrefix.test(name)));
}

/** The same request, by whoever can prove themselves with these fields: nothing of the former proof is left. */
export function withProof(request: RequestView, proof: Headers): RequestView {
  const former = proofFields(request.headers);
  const headers = new Map([...request.headers].filter(([name]) => !former.has(name)));
  for (const [name, value] of proof) headers.set(name, value);
  return { ...request, headers, credential: readCredential(headers) };
}

import { EndpointError } from './fetch/endpoint-error.js';
import type { FetchJson } from './fetch/fetch-json.js';
import { requireObject } from './require-object.js';
import type { VerifyTarget } from './verify-url.js';

export interface EndpointRules extends VerifyTarget {
  readonly tokenField: string;
  readonly refusedWith: readonly number[];
}

/** What the endpoint says: the fields of its answer, or that the token is no good. */
export type EndpointAnswer =
  | { readonly kind: 'answered'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly status: number };

/** Asks about one token. `stop` ends it early. */
export type AskEndpoint = (token: string, stop: AbortSignal) => Promise<EndpointAnswer>;

/** Asks the operator's own endpoint: POST, JSON both ways. */
export function createEndpoint(
  { url, headers, tokenField, refusedWith }: EndpointRules,
  fetchJson: FetchJson,
): AskEndpoint {
  return async function askEndpoint(token, stop) {
    const body = { type: 'application/json', text: JSON.stringify({ [tokenField]: token }) };
    const { status, value } = await fetchJson({ url, headers, body }, stop);
    if (status === 200) return { kind: 'answered', fields: requireObject(value, 'the verify endpoint') };
    if (refusedWith.includes(status)) return { kind: 'refused', status };
    throw new EndpointError(`the verify endpoint answered ${status}`);
  };
}

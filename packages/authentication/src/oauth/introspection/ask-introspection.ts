import { isObject, type Secret } from '@agentflow/core';
import { EndpointError } from '../fetch/endpoint-error.js';
import type { FetchJson } from '../fetch/fetch-json.js';
import { requireObject } from '../require-object.js';

/** As whom this server asks, and how it says so. */
export interface IntrospectionClient {
  readonly id: string;
  readonly secret: Secret;
  readonly sends: 'basic' | 'post';
}

/** RFC 6749 §2.3.1, appendix B: each half is encoded as in a form before they are put together. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/**
 * Asks about one token (RFC 7662 §2.1). Only 200 says anything about it, and 400 where it says that tokens of its kind are never asked about
 * (RFC 7009 §2.2.1): 401 and 403 are about our own credential, and everything else is the endpoint's trouble. Undefined for such a kind.
 * @throws {EndpointError}
 */
export async function askIntrospection(
  token: string,
  {
    url,
    client,
    fetchJson,
  }: { readonly url: URL; readonly client: IntrospectionClient; readonly fetchJson: FetchJson },
  stop: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { id, secret, sends } = client;
  const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
  if (sends === 'post') {
    form.set('client_id', id);
    form.set('client_secret', secret.reveal());
  }
  const basic = Buffer.from(`${formEncode(id)}:${formEncode(secret.reveal())}`).toString('base64');
  const { status, value } = await fetchJson(
    {
      url,
      headers: sends === 'basic' ? { Authorization: `Basic ${basic}` } : {},
      body: { type: 'application/x-www-form-urlencoded', text: form.toString() },
      alsoRead: [400],
    },
    stop,
  );
  if (status === 200) return requireObject(value, 'the introspection endpoint');
  const isUnsupported = status === 400 && isObject(value) && value['error'] === 'unsupported_token_type';
  if (isUnsupported) return undefined;
  if (status === 401 || status === 403) {
    throw new EndpointError(
      `the introspection endpoint answered ${status}: it does not take "client_id" and "client_secret"`,
    );
  }
  throw new EndpointError(`the introspection endpoint answered ${status}`);
}

import { EndpointError } from '../fetch/endpoint-error.js';
import type { FetchBudget } from '../fetch/fetch-budget.js';
import type { FetchJson } from '../fetch/fetch-json.js';
import { requireObject } from '../require-object.js';

/** What an authorization server says of itself, as far as it is used here. */
export interface IssuerMetadata {
  readonly jwksUri: URL | undefined;
  readonly introspectionEndpoint: URL | undefined;
}

export interface MetadataParts {
  /** As the configuration writes it. */
  readonly issuer: string;
  readonly fetchJson: FetchJson;
  readonly budget: FetchBudget;
}

/**
 * Looks where OpenID Connect Discovery 1.0 §4.1 puts the metadata, and then where RFC 8414 §3.1 does.
 * @throws {EndpointError} if there are none, or they are another issuer's
 */
export async function fetchMetadata(
  { issuer, fetchJson, budget }: MetadataParts,
  stop: AbortSignal,
): Promise<IssuerMetadata> {
  for (const url of metadataUrls(issuer)) {
    budget.take();
    const { status, value } = await fetchJson({ url }, stop);
    if (status === 200) return readMetadata(requireObject(value, url.href), issuer);
    if (status !== 404) throw new EndpointError(`${url.href} answered ${status}`);
  }
  throw new EndpointError(`${issuer} has no metadata: set "jwks_uri", or "introspection": {"url": …}`);
}

function metadataUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

/** RFC 8414 §3.3, OpenID Connect Discovery 1.0 §4.3: of exactly the issuer that was asked for, or of nobody. */
function readMetadata(document: Readonly<Record<string, unknown>>, issuer: string): IssuerMetadata {
  if (document['issuer'] !== issuer) throw new EndpointError(`the metadata of ${issuer} are of another issuer`);
  return {
    jwksUri: readOwnUrl(document['jwks_uri'], issuer, 'jwks_uri', '"jwks_uri"'),
    introspectionEndpoint: readOwnUrl(
      document['introspection_endpoint'],
      issuer,
      'introspection_endpoint',
      '"introspection": {"url": …}',
    ),
  };
}

/** Whoever writes the metadata names only what is their own; anything else the operator must name. */
function readOwnUrl(value: unknown, issuer: string, name: string, option: string): URL | undefined {
  if (value === undefined) return undefined;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw new EndpointError(`the "${name}" in the metadata of ${issuer} is no address`);
  }
  if (url.origin === new URL(issuer).origin) return url;
  throw new EndpointError(
    `the "${name}" in the metadata of ${issuer} is on another origin, ${url.origin}: if that is right, set ${option} to it`,
  );
}

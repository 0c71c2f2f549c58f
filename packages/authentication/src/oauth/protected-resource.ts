import { type BackendSurroundings, ConfigurationError } from '@agentflow/core';
import { readProviderUrl } from './fetch/provider-url.js';
import type { OAuthAuthOptions } from './options.js';

const wellKnown = '/.well-known/oauth-protected-resource';

type Surroundings = Pick<BackendSurroundings, 'path' | 'environment'>;

/**
 * The address of this server for those outside, as the configuration has it: what a request says of it (`Host`) is anybody's to write.
 * Undefined where nobody says it, and where no issuer is named: then there is nothing to be told.
 * @throws {ConfigurationError}
 */
export function readResource(options: OAuthAuthOptions, { path, environment }: Surroundings): URL | undefined {
  const text = options.resource ?? (environment['PUBLIC_URL'] || undefined);
  if (options.issuer === undefined || text === undefined) return undefined;
  const isOption = options.resource !== undefined;
  // Either of them is handed on under the one name.
  const key = isOption ? 'resource' : 'public_url (or PUBLIC_URL)';
  const at = isOption ? [...path, 'resource'] : path;
  const url = readProviderUrl(text, {
    ...{ key, path: at, insecureHttp: options.insecure_http, inTheClear: 'would have tokens sent to' },
    example: 'https://agents.example.com',
  });
  const refuse = (message: string) =>
    new ConfigurationError([{ path: at, message, remedy: 'For example: https://agents.example.com' }]);
  // RFC 9728 §1.2
  if (url.search !== '') throw refuse(`"${key}" has a query, and the address of a server has none`);
  // It becomes a route of ours.
  if (!/^(?:\/[\w.~-]+)*\/?$/.test(url.pathname) || /\/\.\.?(?:\/|$)/.test(url.pathname)) {
    throw refuse(`"${key}" has a path that is more than names`);
  }
  return url;
}

/** RFC 9728 §3.1: between the host and the path of the resource. */
export function metadataUrlOf(resource: URL): URL {
  return new URL(`${resource.origin}${wellKnown}${resource.pathname.replace(/\/$/, '')}`);
}

/**
 * The resource as it is written: compared letter by letter by its clients (RFC 9728 §3.3), and without the slash that nobody writes.
 */
export function resourceIdentifier({ href, pathname }: URL): string {
  return pathname === '/' ? href.slice(0, -1) : href;
}

/** What an entry says about this server, for those who have no token yet. */
export interface NamedResource {
  readonly resource: string;
  readonly issuer: string;
  readonly scopes: readonly string[] | undefined;
  /** Where a challenge sends them. */
  readonly metadataPath: `/${string}`;
}

/**
 * Undefined where there is nothing to say.
 * @throws {ConfigurationError} as {@link readResource}
 */
export function protectedResourceOf(options: OAuthAuthOptions, surroundings: Surroundings): NamedResource | undefined {
  const url = readResource(options, surroundings);
  const { issuer, scopes_supported: scopes } = options;
  if (url === undefined || issuer === undefined) return undefined;
  const { pathname } = metadataUrlOf(url);
  return { resource: resourceIdentifier(url), issuer, scopes, metadataPath: `/${pathname.slice(1)}` };
}

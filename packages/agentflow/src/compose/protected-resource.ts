import { type OAuthAuthOptions, protectedResourceOf } from '@agentflow/authentication';
import { ConfigurationError } from '@agentflow/core';
import type { JsonObject, Route } from '@agentflow/protocol';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';

/** What clients that have no token yet are told, and where. */
export interface ProtectedResource {
  readonly path: `/${string}`;
  /** RFC 9728 §3.2 */
  readonly document: JsonObject;
}

/**
 * Whose tokens are taken here, by all entries of `auth` that know an issuer and our own address; undefined where none does. `routes` are
 * those that somebody with such a token may call.
 * @throws {ConfigurationError} if they do not agree about that address
 */
export function chooseProtectedResource(
  { configuration, environment, source }: LoadedConfiguration,
  routes: readonly Route[],
): ProtectedResource | undefined {
  const { public_url: named } = configuration;
  const surrounding = named === undefined ? environment : { ...environment, PUBLIC_URL: named };
  const found = (configuration.auth ?? []).flatMap((options, index) => {
    if (options.method !== 'oauth') return [];
    const path = source.isList('auth') ? ['auth', index] : ['auth'];
    const resource = tryToRead(options, path, surrounding);
    return resource === undefined ? [] : [{ ...resource, path }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const other = found.find(({ resource }) => resource !== first.resource);
  if (other !== undefined) {
    const message = `"resource" is ${other.resource} here and ${first.resource} in another entry: a server has one address`;
    throw new ConfigurationError([
      {
        path: other.path,
        message,
        remedy: 'Set "public_url" at the top of the file, or PUBLIC_URL, and leave "resource" out of the entries.',
      },
    ]);
  }
  const scopes = found.flatMap((one) => one.scopes ?? []);
  return {
    path: first.metadataPath,
    document: {
      resource: first.resource,
      authorization_servers: [...new Set(found.map(({ issuer }) => issuer))],
      scopes_supported: scopes.length > 0 ? [...new Set(scopes)] : knownScopes(configuration, routes),
      // RFC 6750 §2.1: neither in the body nor in the address.
      bearer_methods_supported: ['header'],
    },
  };
}

/** What is wrong with it, the backend says itself. */
function tryToRead(
  options: OAuthAuthOptions,
  path: readonly (string | number)[],
  environment: LoadedConfiguration['environment'],
) {
  try {
    return protectedResourceOf(options, { path, environment });
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** Those of the issuer's vocabulary where the file translates them; else our own, of what is served and of what is guarded. */
function knownScopes(
  { scopes: foreign, guard = [] }: LoadedConfiguration['configuration'],
  routes: readonly Route[],
): string[] {
  if (foreign !== undefined && Object.keys(foreign).length > 0) return Object.keys(foreign);
  const permissionOf = (route: Route) =>
    'requires' in route ? [`${route.requires.resource}:${route.requires.action}`] : [];
  return [...new Set([...routes.flatMap(permissionOf), ...guard.map((resource) => `${resource}:use`)])].toSorted();
}

import { ConfigurationError, type ConfigurationFault, type TrustedProxies } from '@agentflow/core';
import {
  type JsonObject,
  loginRoutes,
  placeApiKeys,
  placeDocumentation,
  placePlayground,
  placeProtectedResource,
  placeWebhooks,
  providerSignInRoutes,
  type Route,
  routeList,
  routesNamed,
  userRoutes,
} from '@agentflow/protocol';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import type { AuthConfiguration } from '../configuration/schema.js';
import { type ChosenCors, chooseCors } from './cors.js';
import { chooseDocumentation } from './documentation-places.js';
import { type ChosenLimits, chooseLimits } from './limits.js';
import type { Mode } from './mode.js';
import { choosePlayground } from './playground-place.js';
import { chooseProtectedResource } from './protected-resource.js';
import { chooseTrustedProxies } from './trusted-proxies.js';

/** What the server believes of, and shows to, those outside. */
export interface Edge {
  readonly proxies: TrustedProxies | undefined;
  readonly cors: ChosenCors | undefined;
  readonly limits: ChosenLimits;
  /** Every route that is served. */
  readonly routes: readonly Route[];
  /** What those who have no token yet are told of this server. */
  readonly protectedResource: JsonObject | undefined;
}

export interface EdgeSurroundings {
  readonly mode: Mode;
  readonly strict: boolean;
  /** Where what was forwarded is refused, whoever has forwarded it. */
  readonly localOnly: boolean;
  readonly announce: (line: string) => void;
}

function hasProviders(one: AuthConfiguration): boolean {
  return one.method === 'login' && Object.keys(one.providers).length > 0;
}

/** @throws {ConfigurationError} with the faults of all of it */
export async function chooseEdge(
  loaded: LoadedConfiguration,
  { mode, strict, localOnly, announce }: EdgeSurroundings,
): Promise<Edge> {
  const { configuration, environment } = loaded;
  const faults: ConfigurationFault[] = [];
  const collect = <T>(choose: () => T): T | undefined => {
    try {
      return choose();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const proxies = collect(() => chooseTrustedProxies(configuration, environment, announce));
  const cors = collect(() => chooseCors(configuration, { environment, mode, strict, announce }));
  const places = collect(() => chooseDocumentation(environment, mode));
  const playground = collect(() => choosePlayground(environment, mode, places ?? {}));
  const ofLogin = configuration.auth?.some(({ method }) => method === 'login') === true;
  const ofKeys = configuration.auth?.some((one) => one.method === 'api_key' && one.issued !== undefined) === true;
  const withProviders = configuration.auth?.some(hasProviders) === true;
  const issuing = [
    ...(ofLogin ? routesNamed(loginRoutes, userRoutes) : []),
    ...(withProviders ? routesNamed(providerSignInRoutes) : []),
    ...placeApiKeys(ofKeys),
  ];
  const resource = collect(() => chooseProtectedResource(loaded, [...routeList, ...issuing]));
  const pages = [
    ...placeDocumentation(places ?? {}),
    ...placePlayground(playground),
    ...placeProtectedResource(resource?.path),
  ];
  const hooks = placeWebhooks(Object.keys(configuration.webhooks ?? {}).length > 0);
  const routes = [...routeList, ...issuing, ...hooks, ...pages];
  const limits = collect(() => chooseLimits(configuration, { environment, mode, routes, announce }));
  if (faults.length > 0 || limits === undefined) throw new ConfigurationError(faults);
  if (configuration.websocket?.insecure_token_in_query === true) {
    announce('INSECURE: "?token=" opens a WebSocket. Proxies and browsers keep addresses: take a ticket instead.');
  }
  if (localOnly && proxies !== undefined) {
    announce('"trusted_proxies" changes nothing without "auth": what was forwarded is refused.');
  }
  if (strict && ofLogin && proxies === undefined && !hasTls(loaded)) {
    announce(
      'People sign in over connections that are not encrypted, unless a proxy in front has TLS: name it in "trusted_proxies", or its https address as "public_url".',
    );
  }
  const protectedResource = resource?.document;
  return { proxies: localOnly ? undefined : proxies, cors, limits, routes, protectedResource };
}

/** For whoever comes from outside, as far as the configuration says so. */
function hasTls({ configuration, environment }: LoadedConfiguration): boolean {
  return (configuration.public_url ?? environment['PUBLIC_URL'] ?? '').startsWith('https:');
}

import { ConfigurationError, type ConfigurationFault, type TrustedProxies } from '@agentflow/core';
import { placeDocumentation, placePlayground, type Route, routeList } from '@agentflow/protocol';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { type ChosenCors, chooseCors } from './cors.js';
import { chooseDocumentation } from './documentation-places.js';
import type { Mode } from './mode.js';
import { choosePlayground } from './playground-place.js';
import { chooseTrustedProxies } from './trusted-proxies.js';

/** What the server believes of, and shows to, those outside. */
export interface Edge {
  readonly proxies: TrustedProxies | undefined;
  readonly cors: ChosenCors | undefined;
  /** Every route that is served. */
  readonly routes: readonly Route[];
}

export interface EdgeSurroundings {
  readonly mode: Mode;
  readonly strict: boolean;
  /** Where what was forwarded is refused, whoever has forwarded it. */
  readonly localOnly: boolean;
  readonly announce: (line: string) => void;
}

/** @throws {ConfigurationError} with the faults of all of it */
export async function chooseEdge(
  { configuration, environment }: LoadedConfiguration,
  { mode, strict, localOnly, announce }: EdgeSurroundings,
): Promise<Edge> {
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
  if (faults.length > 0 || places === undefined) throw new ConfigurationError(faults);
  if (configuration.websocket?.insecure_token_in_query === true) {
    announce('INSECURE: "?token=" opens a WebSocket. Proxies and browsers keep addresses: take a ticket instead.');
  }
  if (localOnly && proxies !== undefined) {
    announce('"trusted_proxies" changes nothing without "auth": what was forwarded is refused.');
  }
  const pages = [...placeDocumentation(places), ...placePlayground(playground)];
  return { proxies: localOnly ? undefined : proxies, cors, routes: [...routeList, ...pages] };
}

import type { Handover, Kept } from '../fetch/kept-document.js';
import type { OAuthSurroundings } from '../oauth-surroundings.js';
import type { IssuerOptions } from '../options.js';
import type { KeySet } from './remote-keys.js';

/** By what decides where they come from and which of them are used. A process has few, and none is a secret. */
const lastKnown = new Map<string, Kept<KeySet>>();

/**
 * A configuration that is read anew while the provider is away goes on with the keys that the one before it had: as old as they are, and
 * only where the entry asks for the same keys in the same way.
 */
export function handOver(options: IssuerOptions, surroundings: OAuthSurroundings): Handover<KeySet> | undefined {
  if (surroundings.isTrial) return undefined;
  const { issuer, jwks_uri: jwksUri, algorithms, allow_networks: networks, insecure_http: insecureHttp } = options;
  const name = JSON.stringify([issuer, jwksUri, algorithms, networks, insecureHttp]);
  return {
    take: () => (surroundings.isReload === true ? lastKnown.get(name) : undefined),
    give: (kept) => void lastKnown.set(name, kept),
  };
}

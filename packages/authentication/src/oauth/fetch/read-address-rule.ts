import { isIP } from 'node:net';
import {
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  type Network,
  parseNetwork,
} from '@agentflow/core';
import { createAddressRule, loopbackNetworks, type MayConnect } from './allowed-addresses.js';
import { isOwnMachine, literalAddress } from './provider-url.js';

type Path = readonly (string | number)[];

/** An address that the configuration itself names, and where. */
export interface NamedUrl {
  readonly url: URL;
  readonly path: Path;
  /**
   * Whether an address that is written there in figures is listed by that. So it has always been of a verify endpoint, to which nothing leads
   * but the operator's own line.
   */
  readonly listsItself: boolean;
}

/**
 * Where one entry may connect to: the public internet, what `allow_networks` lists, and this machine where the configuration names it and
 * nobody else can reach the server.
 * @throws {ConfigurationError} for a list that cannot be read, and for an address that could never be connected to
 */
export function readAddressRule(
  listed: readonly string[],
  urls: readonly NamedUrl[],
  surroundings: BackendSurroundings,
): MayConnect {
  const { networks, faults } = readNetworks(listed, surroundings.path);
  const added: Network[] = [];
  for (const named of urls) {
    const mayConnect = createAddressRule([...networks, ...added]);
    const { allowed, fault } = judge(named, mayConnect, surroundings);
    added.push(...allowed);
    if (fault !== undefined) faults.push(fault);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return createAddressRule([...networks, ...added]);
}

function judge(
  { url, path, listsItself }: NamedUrl,
  mayConnect: MayConnect,
  surroundings: BackendSurroundings,
): { readonly allowed: readonly Network[]; readonly fault?: ConfigurationFault } {
  const literal = literalAddress(url);
  const isOwn = isOwnMachine(url);
  const figures = literal ?? (isOwn ? '127.0.0.1' : undefined);
  if (figures === undefined || mayConnect(figures)) return { allowed: [] };
  if (listsItself) return { allowed: isOwn ? loopbackNetworks : networkOf(figures) };
  const fault = {
    path,
    message: `"${String(path.at(-1))}" names ${url.hostname}, which is no address of the public internet`,
    remedy: `If that is right: "allow_networks": ["${isIP(figures) === 4 ? `${figures}/32` : `${figures}/128`}"].`,
  };
  if (!isOwn || surroundings.strict) return { allowed: [], fault };
  surroundings.warn(fault);
  return { allowed: loopbackNetworks };
}

function networkOf(address: string): readonly Network[] {
  const network = parseNetwork(address);
  return network === undefined ? [] : [network];
}

function readNetworks(texts: readonly string[], at: Path) {
  const networks: Network[] = [];
  const faults: ConfigurationFault[] = [];
  for (const [index, text] of texts.entries()) {
    const path = [...at, 'allow_networks', index];
    const network = parseNetwork(text);
    if (network === undefined) {
      const message = `"allow_networks" lists ${JSON.stringify(text.slice(0, 64))}, which is no network`;
      faults.push({ path, message, remedy: 'For example: "10.0.0.0/8", "fd00::/8", or one address.' });
    } else if (network.prefix === 0) {
      const message = '"allow_networks" lists all addresses that there are';
      faults.push({ path, message, remedy: 'List the networks in which the provider is.' });
    } else {
      networks.push(network);
    }
  }
  return { networks, faults };
}

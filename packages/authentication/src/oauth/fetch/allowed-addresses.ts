import { isIP } from 'node:net';
import { canonicalAddress, createNetworkMatcher, type Network, parseNetwork } from '@agentflow/core';

/** Whether a connection to an address may be opened, however the address is written. */
export type MayConnect = (address: string) => boolean;

/**
 * What is not an address of the public internet, by the registries of RFC 6890: "this network", private, shared (RFC 6598), loopback,
 * link-local (where clouds keep their metadata), documentation, benchmarks, relays, multicast, reserved and broadcast.
 */
const special = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  // Of 2000::/3: Teredo and its like, documentation, and 6to4, which is an IPv4 address in disguise.
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
];

/** RFC 4291 §2.4: all unicast addresses that are given out. Loopback, mapped, NAT64, unique local and link-local ones lie outside. */
const globalUnicast = '2000::/3';

function networksOf(texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => parseNetwork(text) ?? []);
}

const isSpecial = createNetworkMatcher(networksOf(special));
const isGlobalUnicast = createNetworkMatcher(networksOf([globalUnicast]));

/** The public internet, and what the configuration lists. */
export function createAddressRule(listed: readonly Network[]): MayConnect {
  const isListed = createNetworkMatcher(listed);
  return (text) => {
    const address = canonicalAddress(text);
    return address !== undefined && (isPublic(address) || isListed(address));
  };
}

function isPublic(address: string): boolean {
  return !isSpecial(address) && (isIP(address) === 4 || isGlobalUnicast(address));
}

/** Those that only this machine reaches. */
export const loopbackNetworks: readonly Network[] = networksOf(['127.0.0.0/8', '::1/128']);

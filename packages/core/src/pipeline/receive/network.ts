import { BlockList, isIP, SocketAddress } from 'node:net';

/** A range of addresses, as CIDR (RFC 4632 §3.1) writes it. */
export interface Network {
  /** Canonical. */
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** In bits. */
  readonly prefix: number;
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * The one way to write an address: IPv6 as RFC 5952 has it, an IPv4-mapped one (RFC 4291 §2.5.5.2) as the IPv4 address.
 * Undefined for what is no address, and for one with a zone, which means something on one machine only.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = text.includes('%') ? 0 : isIP(text);
  if (version === 0) return undefined;
  if (version === 4) return text;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return mapped.exec(address)?.[1] ?? address;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or a single address. Undefined if it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [, written = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = canonicalAddress(written);
  if (address === undefined) return undefined;
  const isMapped = isIP(address) === 4 && isIP(written) === 6;
  const longest = isIP(address) === 4 ? 32 : 128;
  // The first 96 bits of a mapped address say only that it is one.
  const prefix = bits === undefined ? longest : Number(bits) - (isMapped ? 96 : 0);
  if (prefix < 0 || prefix > longest) return undefined;
  return { address, family: longest === 32 ? 'ipv4' : 'ipv6', prefix };
}

/** Tells whether a canonical address lies in any of the networks. */
export function createNetworkMatcher(networks: readonly Network[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, family, prefix } of networks) list.addSubnet(address, prefix, family);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

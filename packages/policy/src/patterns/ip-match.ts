import { type AddressBytes, mappedAddress, readAddress } from './ip-address.js';
import { PatternError, type ReadPattern } from './pattern.js';
import { quotePattern } from './quote-pattern.js';

/** An address, or a network as `10.0.0.0/8` or `2001:db8::/32`. A text that is no address does not match. */
export const readIpMatch: ReadPattern = (pattern) => {
  const networks = readNetworks(pattern);
  return {
    prefix: '',
    matches(text) {
      const address = readAddress(text);
      if (address === undefined) return false;
      const forms = [address, mappedAddress(address) ?? address];
      return networks.some((network) => forms.some((form) => contains(network, form)));
    },
  };
};

interface Network {
  readonly address: AddressBytes;
  readonly bits: number;
}

/** A network of version 6 that lies in what is mapped to version 4 is also that of version 4. */
function readNetworks(pattern: string): readonly Network[] {
  const [text = '', length, ...more] = pattern.split('/');
  const address = readAddress(text);
  if (address === undefined || more.length > 0) throw notAnAddress(pattern);
  const most = address.length * 8;
  const bits = length === undefined ? most : readBits(length);
  if (bits === undefined || bits > most) throw notAnAddress(pattern);
  const mapped = mappedAddress(address);
  return mapped === undefined || bits < 96
    ? [{ address, bits }]
    : [
        { address, bits },
        { address: mapped, bits: bits - 96 },
      ];
}

function readBits(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

function contains({ address, bits }: Network, other: AddressBytes): boolean {
  if (address.length !== other.length) return false;
  return address.every((byte, index) => {
    const known = Math.min(Math.max(bits - index * 8, 0), 8);
    return (byte ^ (other[index] ?? 0)) >> (8 - known) === 0;
  });
}

function notAnAddress(pattern: string): PatternError {
  return new PatternError(
    `${quotePattern(pattern)} is neither an IP address nor a network`,
    'Write an address as 192.0.2.1 or 2001:db8::1, or a network as 192.0.2.0/24.',
  );
}

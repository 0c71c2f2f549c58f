import { canonicalAddress } from '../pipeline/receive/network.js';

/** RFC 6052 §2.1: translators put every IPv4 address there is into this one network. */
const translated = '64:ff9b::';

/**
 * Whom a limit by address is about. An IPv4 address is one, however it is written. Of IPv6 it is the network of 64 bits, because everybody
 * has at least that much and can take another address in it for each request (RFC 4291 §2.5.4, RFC 6177).
 */
export function limitedAddress(address: string): string {
  if (!address.includes(':')) return address;
  const canonical = canonicalAddress(address.replace(/%.*$/, ''));
  if (canonical === undefined) return 'unknown';
  if (!canonical.includes(':')) return canonical;
  const groups = groupsOf(canonical);
  if (canonical.startsWith(translated) && groups.slice(2, 6).every((group) => group === 0)) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join('.');
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight numbers of a canonical IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [before = '', after] = address.split('::');
  const read = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [read(before), read(after ?? '')];
  return after === undefined ? first : [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

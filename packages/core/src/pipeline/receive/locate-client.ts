import type { IncomingRequest } from '../request.js';
import { canonicalAddress } from './network.js';

/** Who may say for whom a request was forwarded, and in which header field. */
export interface TrustedProxies {
  /** In lower case. The other one is not looked at. */
  readonly header: 'x-forwarded-for' | 'forwarded';
  /** Takes a canonical address. */
  readonly isTrusted: (address: string) => boolean;
}

/** Where a request came from, as far as somebody who is believed has said. */
export interface Client {
  readonly address: string;
  /** Whether the client's connection was encrypted: ours, or the one to the proxy that is trusted. */
  readonly isSecure: boolean;
}

/**
 * Finds the client behind trusted proxies. Each proxy adds, on the right, the address that it was called from; so the list is
 * walked from there, and the first address that is no trusted proxy is the client. What stands further left, the client may
 * have written itself. At anything that is not an address the walk ends, with the last one that was good.
 */
export function locateClient(incoming: IncomingRequest, proxies: TrustedProxies | undefined): Client {
  const own = { address: incoming.address, isSecure: incoming.isEncrypted === true };
  if (proxies === undefined || !proxies.isTrusted(own.address)) return own;
  const isForwarded = proxies.header === 'forwarded';
  const hops = listOf(incoming.rawHeaders, proxies.header);
  let { address } = own;
  // Each is read when the walk comes to it: what stands further left is as long as whoever wrote it likes.
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const hop = isForwarded ? readForwarded(hops[index] ?? '') : readAddress(hops[index] ?? '');
    if (hop?.address === undefined) break;
    address = hop.address;
    if (!proxies.isTrusted(address)) break;
  }
  // Only what the proxy in front of us itself has said; those before it may have been called by anybody.
  const scheme = isForwarded
    ? readForwarded(hops.at(-1) ?? '')?.scheme
    : listOf(incoming.rawHeaders, 'x-forwarded-proto').at(-1);
  return { address, isSecure: scheme === undefined ? own.isSecure : scheme.toLowerCase() === 'https' };
}

interface Hop {
  readonly address?: string | undefined;
  readonly scheme?: string | undefined;
}

/** The members of a list that may stand in several fields (RFC 9110 §5.3). A comma within quotes parts them too. */
function listOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const members: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    for (const member of (rawHeaders[index + 1] ?? '').split(',')) members.push(withoutOuterSpace(member));
  }
  return members;
}

/** RFC 9110 §5.6.3. No expression: one that looks for spaces at an end looks through those in the middle from each of them again. */
function withoutOuterSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text[start])) start += 1;
  while (end > start && isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** `192.0.2.1`, `2001:db8::1`, and either with a port, for which IPv6 stands in brackets. */
function readAddress(text: string): Hop | undefined {
  const [, v4, v6] = /^(?:(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^\]]+)\](?::\d{1,5})?)$/.exec(text) ?? [];
  const address = canonicalAddress(v4 ?? v6 ?? text);
  return address === undefined ? undefined : { address };
}

// RFC 7239 §4, RFC 9110 §5.6: a token, "=", and a token or a quoted-string.
const pair = /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")[ \t]*$/;

/** One forwarded-element (RFC 7239 §4). One that hides the address (§6.3), or says a parameter twice, says nothing. */
function readForwarded(element: string): Hop | undefined {
  const parameters = new Map<string, string>();
  for (const text of element.split(';')) {
    const [, name, token, quoted] = pair.exec(text) ?? [];
    if (name === undefined || parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), token ?? (quoted ?? '').replace(/\\(.)/g, '$1'));
  }
  return { address: readAddress(parameters.get('for') ?? '')?.address, scheme: parameters.get('proto') };
}

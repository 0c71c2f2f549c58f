import { describe, expect, test } from 'vitest';
import type { IncomingRequest } from '../request.js';
import { locateClient, type TrustedProxies } from './locate-client.js';
import { canonicalAddress, createNetworkMatcher, type Network, parseNetwork } from './network.js';

/* Security bar 46: the client is the first address from the right that is no trusted proxy. */

const networks = (...texts: string[]): Network[] => texts.map(parseNetwork).filter((one) => one !== undefined);
const proxiesAt = (header: TrustedProxies['header']): TrustedProxies => ({
  header,
  isTrusted: createNetworkMatcher(networks('10.0.0.0/8', '192.0.2.1', 'fd00::/8', '2001:db8:1::5')),
});

function incoming(peer: string, rawHeaders: readonly string[], isEncrypted = false): IncomingRequest {
  return {
    ...{ method: 'GET', target: '/', rawHeaders, address: peer, isEncrypted, transport: 'http' },
    body: (async function* () {})(),
    signal: new AbortController().signal,
    serverEnd: new AbortController().signal,
  };
}

const fields = (name: string, ...values: string[]) => values.flatMap((value) => [name, value]);

describe('X-Forwarded-For', () => {
  const name = 'X-Forwarded-For';
  test.each<readonly [string, string, readonly string[], string]>([
    ['nothing was forwarded', '10.0.0.1', [], '10.0.0.1'],
    ['an untrusted peer says something', '198.51.100.9', ['203.0.113.7'], '198.51.100.9'],
    ['an untrusted peer names a proxy', '198.51.100.9', ['203.0.113.7, 10.0.0.2'], '198.51.100.9'],
    ['one proxy', '10.0.0.1', ['203.0.113.7'], '203.0.113.7'],
    ['two proxies', '10.0.0.1', ['203.0.113.7, 10.0.0.2'], '203.0.113.7'],
    ['two proxies, each with a field of its own', '10.0.0.1', ['203.0.113.7', '10.0.0.2'], '203.0.113.7'],
    ['a proxy by its single address', '192.0.2.1', ['203.0.113.7'], '203.0.113.7'],
    ['the neighbour of a single address', '192.0.2.2', ['203.0.113.7'], '192.0.2.2'],
    ['a forged address on the left', '10.0.0.1', ['1.1.1.1, 203.0.113.7'], '203.0.113.7'],
    ['a forged proxy on the left', '10.0.0.1', ['1.1.1.1, 10.0.0.9, 203.0.113.7'], '203.0.113.7'],
    ['a forged field above', '10.0.0.1', ['1.1.1.1', '203.0.113.7, 10.0.0.2'], '203.0.113.7'],
    ['only proxies', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
    ['nonsense on the left of the client', '10.0.0.1', ['nonsense, 203.0.113.7'], '203.0.113.7'],
    ['nonsense behind a proxy', '10.0.0.1', ['1.1.1.1, nonsense, 10.0.0.2'], '10.0.0.2'],
    ['nonsense alone', '10.0.0.1', ['1.1.1.1, nonsense'], '10.0.0.1'],
    ['an empty field', '10.0.0.1', [''], '10.0.0.1'],
    ['an empty member', '10.0.0.1', ['1.1.1.1, , 10.0.0.2'], '10.0.0.2'],
    ['a comma at the end', '10.0.0.1', ['1.1.1.1,'], '10.0.0.1'],
    ['the word unknown', '10.0.0.1', ['1.1.1.1, unknown'], '10.0.0.1'],
    ['a port', '10.0.0.1', ['203.0.113.7:4711'], '203.0.113.7'],
    ['a port that is none', '10.0.0.1', ['203.0.113.7:x'], '10.0.0.1'],
    ['an octet too large', '10.0.0.1', ['1.1.1.1, 256.0.0.1'], '10.0.0.1'],
    ['an octet in octal', '10.0.0.1', ['1.1.1.1, 010.0.0.1'], '10.0.0.1'],
    ['an integer', '10.0.0.1', ['1.1.1.1, 3405803783'], '10.0.0.1'],
    ['a network', '10.0.0.1', ['1.1.1.1, 10.0.0.0/8'], '10.0.0.1'],
    ['IPv6', 'fd00::1', ['2001:db8::7'], '2001:db8::7'],
    ['IPv6, written at length', 'fd00::1', ['2001:0DB8:0:0:0:0:0:0007'], '2001:db8::7'],
    ['IPv6 in brackets, with a port', 'fd00::1', ['[2001:db8::7]:443'], '2001:db8::7'],
    ['IPv6 in brackets', 'fd00::1', ['[2001:db8::7]'], '2001:db8::7'],
    ['IPv6 with a zone', 'fd00::1', ['fe80::7%eth0'], 'fd00::1'],
    ['a proxy of IPv6 behind one of IPv4', '10.0.0.1', ['2001:db8::7, 2001:db8:1::5'], '2001:db8::7'],
    ['IPv4 mapped into IPv6', '10.0.0.1', ['::ffff:203.0.113.7'], '203.0.113.7'],
    ['a proxy mapped into IPv6', '10.0.0.1', ['203.0.113.7, ::FFFF:0a00:0002'], '203.0.113.7'],
    ['blanks and tabs', '10.0.0.1', ['203.0.113.7 ,\t10.0.0.2 '], '203.0.113.7'],
    ['a name', '10.0.0.1', ['1.1.1.1, localhost'], '10.0.0.1'],
  ])('%s', (_what, peer, values, expected) => {
    expect(locateClient(incoming(peer, fields(name, ...values)), proxiesAt('x-forwarded-for')).address).toBe(expected);
  });

  test('nobody is trusted where nothing says so', () => {
    expect(locateClient(incoming('10.0.0.1', fields(name, '203.0.113.7')), undefined).address).toBe('10.0.0.1');
  });

  test.each(['X-Real-IP', 'CF-Connecting-IP', 'Forwarded', 'True-Client-IP', 'X-Forwarded-For-2'])(
    '%s is not looked at',
    (other) => {
      const request = incoming('10.0.0.1', fields(other, other === 'Forwarded' ? 'for=1.1.1.1' : '1.1.1.1'));
      expect(locateClient(request, proxiesAt('x-forwarded-for')).address).toBe('10.0.0.1');
    },
  );
});

describe('Forwarded (RFC 7239)', () => {
  test.each<readonly [string, readonly string[], string]>([
    ['an address', ['for=203.0.113.7'], '203.0.113.7'],
    ['in capitals, with more', ['For="203.0.113.7:4711";Proto=https;by=10.0.0.1'], '203.0.113.7'],
    ['IPv6', ['for="[2001:db8::7]:4711"'], '2001:db8::7'],
    ['two proxies', ['for=203.0.113.7, for=10.0.0.2'], '203.0.113.7'],
    ['a forged one on the left', ['for=1.1.1.1, for=203.0.113.7'], '203.0.113.7'],
    ['a hidden one', ['for=1.1.1.1, for=_hidden'], '10.0.0.1'],
    ['an unknown one', ['for=1.1.1.1, for=unknown, for=10.0.0.2'], '10.0.0.2'],
    ['none', ['for=1.1.1.1, proto=https'], '10.0.0.1'],
    ['two in one element', ['for=1.1.1.1;for=203.0.113.7'], '10.0.0.1'],
    ['a quote that the client has opened', ['for="x', 'for=203.0.113.7'], '203.0.113.7'],
    ['a quote that would swallow what the proxy adds', ['for=1.1.1.1;by=", for="203.0.113.7"'], '203.0.113.7'],
    ['IPv6 without quotes', ['for=[2001:db8::7]'], '10.0.0.1'],
  ])('%s', (_what, values, expected) => {
    const request = incoming('10.0.0.1', fields('Forwarded', ...values));
    expect(locateClient(request, proxiesAt('forwarded')).address).toBe(expected);
    expect(locateClient({ ...request, address: '198.51.100.9' }, proxiesAt('forwarded')).address).toBe('198.51.100.9');
  });

  test('X-Forwarded-For is not looked at', () => {
    const request = incoming('10.0.0.1', fields('X-Forwarded-For', '1.1.1.1'));
    expect(locateClient(request, proxiesAt('forwarded')).address).toBe('10.0.0.1');
  });
});

describe('whether the connection is secure', () => {
  test.each<readonly [string, string, boolean, TrustedProxies['header'], readonly string[], boolean]>([
    ['ours is', '198.51.100.9', true, 'x-forwarded-for', [], true],
    ['ours is not', '198.51.100.9', false, 'x-forwarded-for', [], false],
    ['an untrusted peer says so', '198.51.100.9', false, 'x-forwarded-for', ['X-Forwarded-Proto', 'https'], false],
    ['an untrusted peer says not', '198.51.100.9', true, 'x-forwarded-for', ['X-Forwarded-Proto', 'http'], true],
    ['a trusted proxy says so', '10.0.0.1', false, 'x-forwarded-for', ['X-Forwarded-Proto', 'HTTPS'], true],
    ['a trusted proxy says not', '10.0.0.1', true, 'x-forwarded-for', ['X-Forwarded-Proto', 'http'], false],
    ['the client said so first', '10.0.0.1', false, 'x-forwarded-for', ['X-Forwarded-Proto', 'https, http'], false],
    ['by the standard', '10.0.0.1', false, 'forwarded', ['Forwarded', 'for=1.1.1.1;proto=https'], true],
    ['by the other header', '10.0.0.1', false, 'forwarded', ['X-Forwarded-Proto', 'https'], false],
  ])('%s', (_what, peer, isEncrypted, header, raw, expected) => {
    expect(locateClient(incoming(peer, raw, isEncrypted), proxiesAt(header)).isSecure).toBe(expected);
  });
});

describe('a field as long as any is taken', () => {
  const long = 16_000;
  test.each<readonly [string, TrustedProxies['header'], string]>([
    ['of spaces', 'x-forwarded-for', `x${' '.repeat(long)}x, 203.0.113.7`],
    ['of tabs', 'x-forwarded-for', `x${'\t'.repeat(long)}x, 203.0.113.7`],
    ['of spaces, in the other form', 'forwarded', `x${' '.repeat(long)}x, for=203.0.113.7`],
    ['of addresses', 'x-forwarded-for', `${'::1,'.repeat(long / 4)} 203.0.113.7`],
    ['of addresses, in the other form', 'forwarded', `${'for="[::1]",'.repeat(long / 12)} for=203.0.113.7`],
  ])('%s costs next to nothing', (_what, header, value) => {
    const request = incoming('10.0.0.1', fields(header, value));
    const times = Array.from({ length: 20 }, () => {
      const began = performance.now();
      expect(locateClient(request, proxiesAt(header)).address).toBe('203.0.113.7');
      return performance.now() - began;
    });
    // Milliseconds. What was quadratic took a hundred of them, and what read each address more than ten.
    expect(Math.min(...times)).toBeLessThan(5);
  });

  test('also where it says by what it came', () => {
    const request = incoming('10.0.0.1', fields('X-Forwarded-Proto', `x${' '.repeat(long)}x, https`));
    const times = Array.from({ length: 20 }, () => {
      const began = performance.now();
      expect(locateClient(request, proxiesAt('x-forwarded-for')).isSecure).toBe(true);
      return performance.now() - began;
    });
    expect(Math.min(...times)).toBeLessThan(5);
  });
});

describe('networks', () => {
  test.each([
    ['10.1.2.3/8', { address: '10.1.2.3', family: 'ipv4', prefix: 8 }],
    ['::ffff:10.0.0.0/104', { address: '10.0.0.0', family: 'ipv4', prefix: 8 }],
    ['::ffff:0:0/96', { address: '0.0.0.0', family: 'ipv4', prefix: 0 }],
    ['2001:DB8::/32', { address: '2001:db8::', family: 'ipv6', prefix: 32 }],
    ['::1', { address: '::1', family: 'ipv6', prefix: 128 }],
  ])('%s', (text, expected) => {
    expect(parseNetwork(text)).toEqual(expected);
  });

  test.each([
    '',
    'proxy',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0/8',
    '::/129',
    '::ffff:10.0.0.0/90',
    '1.2.3.4/8/8',
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  test('a mapped address lies where the address does', () => {
    const isIn = createNetworkMatcher(networks('10.0.0.0/8'));
    expect(isIn(canonicalAddress('::ffff:10.9.9.9') ?? '')).toBe(true);
    expect(isIn(canonicalAddress('::ffff:11.9.9.9') ?? '')).toBe(false);
    expect(isIn('')).toBe(false);
  });
});

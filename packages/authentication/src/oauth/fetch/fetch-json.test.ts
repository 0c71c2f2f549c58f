import type { lookup as lookUp } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseNetwork } from '@agentflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answers,
  breaks,
  drips,
  faultyProvider,
  floods,
  hangs,
  redirectsTo,
} from '../../../../../test/harness/faulty-provider.js';
import { createAddressRule } from './allowed-addresses.js';
import { EndpointError } from './endpoint-error.js';
import { createFetcher, type FetchRules } from './fetch-json.js';

/* Security bar 18 and 19, at the one place where anybody else is asked. */

const provider = faultyProvider();
const untrusted = faultyProvider({ tls: true });
const never = new AbortController().signal;
const loopback = createAddressRule([parseNetwork('127.0.0.0/8') ?? [], parseNetwork('::1') ?? []].flat());
const publicOnly = createAddressRule([]);

function fetcher(more: Partial<FetchRules> = {}) {
  return createFetcher({
    ...{ what: 'the provider', mayConnect: loopback, deadlineMilliseconds: 30_000, maxBytes: 512 * 1024 },
    limits: { maxDepth: 16, maxValues: 5000 },
    ...more,
  });
}

/** What asking comes to: the answer, or why there is none. */
async function ask(url: string, more: Partial<FetchRules> = {}, headers: Readonly<Record<string, string>> = {}) {
  const { fetchJson, close } = fetcher(more);
  try {
    return await fetchJson({ url: new URL(url), headers }, never);
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    return { refused: error.message, isAway: error.isAway };
  } finally {
    close();
  }
}

describe('what comes back', () => {
  test('JSON, of 200; of anything else, only that', async () => {
    provider.on('/a', answers({ a: 1 }));
    provider.on('/b', answers({ a: 1 }, 201));
    expect(await ask(`${provider.issuer}/a`)).toEqual({ status: 200, value: { a: 1 } });
    expect(await ask(`${provider.issuer}/b`)).toEqual({ status: 201, value: undefined });
  });

  test.each<[string, Parameters<typeof provider.on>[1], RegExp, boolean]>([
    ['nothing', hangs, /^the provider did not answer within 1000 ms$/, true],
    ['a byte at a time', drips, /^the provider did not answer within 1000 ms$/, true],
    ['a break', breaks, /^the provider cannot be asked \(ECONNRESET\)$/, true],
    ['a page', answers('<p>', 200, { 'Content-Type': 'text/html' }), /something else than JSON/, false],
    ['something packed', answers('{}', 200, { 'Content-Encoding': 'gzip' }), /something else than JSON/, false],
    ['half of JSON', answers('{"a":'), /is not strict JSON/, false],
    ['deep nesting', answers(`${'['.repeat(100)}${']'.repeat(100)}`), /is not strict JSON/, false],
    ['a member twice', answers('{"a":1,"a":2}'), /is not strict JSON/, false],
    ['more than the cap', answers(`"${'x'.repeat(512 * 1024)}"`), /longer than 524288 bytes/, false],
  ])('%s is no answer', async (_what, misbehaviour, expected, isAway) => {
    provider.on('/a', misbehaviour);
    // Whoever answers is waited for.
    const more = expected.source.includes('within') ? { deadlineMilliseconds: 1000 } : {};
    expect(await ask(`${provider.issuer}/a`, more)).toEqual({ refused: expect.stringMatching(expected), isAway });
  });

  test('of what is said beside another status, a little is read, so that the connection is used again; much is not', async () => {
    const sockets = { 16384: new Set<unknown>(), 16385: new Set<unknown>() };
    const server = createServer((request, response) => {
      const length = request.url === '/little' ? 16_384 : 16_385;
      sockets[length].add(request.socket);
      response.writeHead(500, { 'Content-Length': length }).end('x'.repeat(length));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { fetchJson, close } = fetcher();
    let asked = 0;
    const askFor = async (path: string) => {
      asked += 1;
      expect(await fetchJson({ url: new URL(`${base}${path}`) }, never)).toEqual({ status: 500, value: undefined });
    };
    for (const _time of [1, 2, 3]) await askFor('/much');
    expect(sockets[16385].size).toBe(3);
    asked = 0;
    const isUsedAgain = async () => {
      await askFor('/little');
      return sockets[16384].size < asked;
    };
    await expect.poll(isUsedAgain, { timeout: 10_000 }).toBe(true);
    close();
    server.close();
  });

  test('200 MB are cut off, and not read', async () => {
    const flood = floods(200 * 1024 * 1024);
    provider.on('/a', flood.misbehaviour);
    expect(await ask(`${provider.issuer}/a`)).toMatchObject({ refused: expect.stringContaining('longer than') });
    expect(await flood.taken).toBeLessThan(16 * 1024 * 1024);
  });

  test('beside another status as little', async () => {
    const flood = floods(200 * 1024 * 1024, 500);
    provider.on('/a', flood.misbehaviour);
    expect(await ask(`${provider.issuer}/a`)).toEqual({ status: 500, value: undefined });
    expect(await flood.taken).toBeLessThan(16 * 1024 * 1024);
  });

  test.each([301, 302, 303, 307, 308])('a redirect, %i, is followed by nobody', async (status) => {
    provider.on('/a', redirectsTo(`${provider.issuer}/b`, status));
    expect(await ask(`${provider.issuer}/a`)).toEqual({ status, value: undefined });
    expect(provider.requestsTo('/b')).toBe(0);
  });

  test('a certificate that nobody vouches for is no answer, and not a byte of the request is sent', async () => {
    expect(await ask(`${untrusted.issuer}/keys`, {}, { Authorization: 'Basic eA==' })).toMatchObject({
      refused: expect.stringMatching(/^the provider cannot be asked \((?:DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS)/),
    });
    expect([untrusted.connections, untrusted.requestsTo()]).toEqual([1, 0]);
  });

  test('the end of the server ends it', async () => {
    provider.on('/a', hangs);
    const stop = new AbortController();
    const { fetchJson } = fetcher({ deadlineMilliseconds: 60_000 });
    const waiting = fetchJson({ url: new URL(`${provider.issuer}/a`) }, stop.signal);
    await provider.waitForOpen(1);
    stop.abort();
    await expect(waiting).rejects.toThrow('the server ends');
  });
});

describe('where a connection goes', () => {
  /** A name server that answers differently each time, and counts. */
  function names(...addresses: readonly (readonly string[])[]) {
    const asked: string[] = [];
    const lookup = ((name: string, _options: object, callback: (error: null, found: object[]) => void) => {
      const found = addresses[Math.min(asked.length, addresses.length - 1)] ?? [];
      asked.push(name);
      callback(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as unknown as typeof lookUp;
    return { lookup, asked };
  }
  const portOf = () => new URL(provider.issuer).port;

  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '１２７.０.０.１',
    '127。0。0。1',
    '127.0.0.1.',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '[ff02::1]',
    '[100::1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.0.170',
    '198.18.0.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s: refused, however it is spelled, before anything is sent', async (host) => {
    expect(await ask(`http://${host}:${portOf()}/keys`, { mayConnect: publicOnly })).toMatchObject({
      refused: expect.stringMatching(/is no address of the public internet, and "allow_networks" does not list it$/),
      isAway: false,
    });
    expect(provider.connections).toBe(0);
  });

  test.each([['127.0.0.1'], ['127.1'], ['0x7f000001'], ['127.0.0.1.'], ['[::ffff:7f00:1]']])(
    '%s is asked where its network is listed',
    async (host) => {
      expect(await ask(`http://${host}:${portOf()}/keys`)).toMatchObject({ status: 200 });
    },
  );

  test.each(['localhost', 'localhost.', 'LOCALHOST'])('%s is what it resolves to', async (name) => {
    expect(await ask(`http://${name}:${portOf()}/keys`, { mayConnect: publicOnly })).toMatchObject({
      // Not every machine knows it with a dot.
      refused: expect.stringMatching(/^localhost\.? \(.*(?:127\.0\.0\.1|::1).*\) is no address|ENOTFOUND/),
    });
    expect(provider.connections).toBe(0);
  });

  test.each(['10.0.0.1', '169.254.169.254', '::1', 'fd00::1', '64:ff9b::7f00:1', '::ffff:127.0.0.1'])(
    'a name that resolves to %s',
    async (address) => {
      const { lookup, asked } = names([address]);
      expect(await ask(`http://login.example:${portOf()}/keys`, { mayConnect: publicOnly, lookup })).toMatchObject({
        refused: expect.stringContaining(`login.example (${address})`),
      });
      expect([asked, provider.connections]).toEqual([['login.example'], 0]);
    },
  );

  test('of several addresses only those that may be', async () => {
    const { lookup } = names(['10.0.0.1', '127.0.0.1']);
    expect(await ask(`http://login.example:${portOf()}/keys`, { lookup })).toMatchObject({ status: 200 });
    expect(provider.connections).toBe(1);
  });

  test('a name is looked up once for each connection, and that answer is where it goes', async () => {
    // First an address that may be connected to, and then, had anybody asked again, one that may not.
    const flipping = names(['127.0.0.1'], ['10.0.0.1']);
    expect(await ask(`http://login.example:${portOf()}/keys`, { lookup: flipping.lookup })).toMatchObject({
      status: 200,
    });
    expect([flipping.asked.length, provider.connections]).toEqual([1, 1]);
    // And the other way round: whoever may not be connected to is not, whatever the next answer would be.
    const back = names(['10.0.0.1'], ['127.0.0.1']);
    expect(await ask(`http://login.example:${portOf()}/keys`, { lookup: back.lookup })).toHaveProperty('refused');
    expect([back.asked.length, provider.connections]).toEqual([1, 1]);
  });
});

describe('proxies of the environment', () => {
  let seen = 0;
  const proxy = createServer((_request, response) => response.end('{}')).on('connection', () => {
    seen += 1;
  });
  const before = { ...process.env };
  beforeAll(async () => {
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'])
      process.env[name] = url;
  });
  afterAll(() => {
    process.env = before;
    proxy.close();
  });

  test('are not used: whose address would be looked at then?', async () => {
    expect(await ask(`${provider.issuer}/keys`)).toMatchObject({ status: 200 });
    expect(seen).toBe(0);
  });
});

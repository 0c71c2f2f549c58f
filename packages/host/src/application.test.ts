import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import {
  type Authority,
  ClientLeftError,
  type IncomingRequest,
  noRevocations,
  type OutgoingResponse,
  silentLog,
} from '@agentflow/core';
import { routeList } from '@agentflow/protocol';
import request from 'supertest';
import { expect, test } from 'vitest';
import { createApplication, normalizeAddress } from './application.js';
import { createInFlight } from './in-flight.js';
import { createRouteMatcher } from './route-matcher.js';
import { createSuccession } from './succession.js';

const authority: Authority = {
  authenticate: { backends: [], revocations: noRevocations, log: silentLog },
  authorize: { backends: [], authentication: [], log: silentLog },
};

function applicationThat(answer: (incoming: IncomingRequest) => OutgoingResponse | Promise<OutgoingResponse>) {
  const inFlight = createInFlight();
  const pipeline = async (incoming: IncomingRequest) => answer(incoming);
  return {
    inFlight,
    callback: createApplication({
      succession: createSuccession({ pipeline, authority }),
      inFlight,
      log: silentLog,
    }).callback(),
  };
}

test('a request reaches the pipeline as it was sent, and the answer goes out as it is', async () => {
  let seen: IncomingRequest | undefined;
  const { callback } = applicationThat((incoming) => {
    seen = incoming;
    return { status: 418, headers: { 'Content-Type': 'text/plain', 'X-Two': ['a', 'b'] }, body: 'tea' };
  });
  const response = await request(callback).post('/a//b?c=d').set('X-Thing', 'yes').send('{}');
  expect(response).toMatchObject({ status: 418, text: 'tea' });
  expect(response.headers).toMatchObject({ 'x-two': 'a, b' });
  expect(seen).toMatchObject({ method: 'POST', target: '/a//b?c=d', transport: 'http' });
  expect(seen?.rawHeaders).toContain('X-Thing');
});

test('a stream goes out line by line, and the request is in flight until its end', async () => {
  const counts: number[] = [];
  const { callback, inFlight } = applicationThat(() => ({ status: 200, headers: {}, body: lines() }));
  async function* lines() {
    counts.push(Number(await inFlight.settle(0)));
    yield '{"n":1}\n';
    yield '{"n":2}\n';
  }
  const response = await request(callback)
    .get('/')
    .buffer(true)
    .parse((stream, done) => {
      let text = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('end', () => done(null, text));
    });
  expect(response.body).toBe('{"n":1}\n{"n":2}\n');
  expect(counts).toEqual([0]);
  expect(await inFlight.settle(1000)).toBe(true);
});

test('of whoever has left before their request began, the pipeline is told so', async () => {
  const reasons: unknown[] = [];
  const { callback, inFlight } = applicationThat(({ signal }) => {
    reasons.push(signal.reason);
    return { status: 200, headers: {}, body: '' };
  });
  const served = new Promise<void>((resolve) => {
    const server = createServer((incoming, response) => {
      response.once('close', () => {
        server.close();
        resolve(callback(incoming, response));
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
        client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n', () => client.resetAndDestroy());
      });
    });
  });
  await served;
  expect(reasons).toEqual([expect.any(ClientLeftError)]);
  expect(await inFlight.settle(1000)).toBe(true);
});

test.each([
  ['GET', '', [], false],
  ['POST', '', ['Content-Length: 0'], false],
  ['POST', 'a', ['Content-Length: 1'], true],
  ['POST', '1\r\na\r\n0\r\n\r\n', ['Transfer-Encoding: chunked'], true],
  ['POST', '', ['Content-Length: 1'], true],
])('%s with the body %j and %j: that a body may be there is %s', async (method, body, fields, expected) => {
  const seen: boolean[] = [];
  const { callback } = applicationThat((incoming) => {
    seen.push(incoming.body !== undefined);
    return { status: 200, headers: {}, body: '' };
  });
  const server = createServer((incoming, response) => setImmediate(() => void callback(incoming, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write([`${method} / HTTP/1.1`, 'Host: a', ...fields, '', body].join('\r\n'));
  await once(client, 'data');
  client.destroy();
  server.close();
  expect(seen).toEqual([expected]);
});

test('while the server ends, an answer says that the connection ends too', async () => {
  const { callback, inFlight } = applicationThat(() => ({ status: 200, headers: {}, body: 'ok' }));
  expect((await request(callback).get('/').set('Connection', 'keep-alive')).headers['connection']).toBe('keep-alive');
  inFlight.isEnding = true;
  expect((await request(callback).get('/').set('Connection', 'keep-alive')).headers['connection']).toBe('close');
});

test.each([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['2001:db8::1', '2001:db8::1'],
])('the address %s is %s', (address, expected) => {
  expect(normalizeAddress(address)).toBe(expected);
});

test.each([
  ['GET', '/v1/threads', 'listThreads'],
  ['HEAD', '/v1/threads', 'listThreads'],
  ['GET', '/v1/threads/a%20b/messages/m', 'readMessage'],
  ['POST', '/v1/threads', 'method-not-allowed'],
  ['GET', '/V1/threads', 'not-found'],
  ['GET', '/v1/threads/', 'not-found'],
  ['GET', '/v1/threads/a/b/c', 'not-found'],
])('%s %s leads to %s', (method, path, expected) => {
  const match = createRouteMatcher(routeList)(method, path);
  expect(match.kind === 'found' ? match.route.name : match.kind).toBe(expected);
});

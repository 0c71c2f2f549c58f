import { describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/*
 * Security bar 58: the path that is authorized is the path that is routed. Targets go out over a bare socket. Whoever has no
 * credential gets 401 whatever the path; with one, what could mean two things is 400.
 */

const server = serve(
  { agent: exampleGraph, auth: 'jwt' },
  {
    prepare: (server) =>
      send(`${server.url}/v1/graph/invoke`, { token: server.tokenFor('alice'), body: say('Hello', 'test-1') }),
  },
);
const token = server.tokenFor('alice');
const bearer = `Authorization: Bearer ${token}`;

const status = async (method: string, target: string, lines: readonly string[] = []) =>
  (await sendRaw(server.port, head(method, target, ['Connection: close', ...lines]))).status;

describe('targets', () => {
  test.each([
    ['/public/../v1/threads', 400],
    ['/ping/../v1/threads', 400],
    ['/./v1/threads', 400],
    ['/%2e%2e/v1/threads', 400],
    ['/ping/%2E%2e/v1/threads', 400],
    ['/ping/.%2e/v1/threads', 400],
    ['/v1%2fthreads', 400],
    ['/v1/threads/a%2Fb', 400],
    ['/v1/threads/a%5cb', 400],
    ['/v1\\threads', 400],
    ['/v1/threads;x=1', 400],
    ['/v1/threads/a%00b', 400],
    ['/v1/threads/a%0d%0ab', 400],
    ['/v1/threads/%252e%252e', 400],
    ['/v1/threads/%25', 404],
    ['/v1/threads/%', 400],
    ['/v1/threads/%zz', 400],
    ['/v1/threads/%ff', 400],
    ['/v1/threads#x', 400],
    ['http://127.0.0.1/v1/threads', 400],
    ['//127.0.0.1/v1/threads', 404],
    ['/v1/threads/', 404],
    ['/V1/threads', 404],
    ['/v1/Threads', 404],
    ['/v1/thread%73', 404],
    ['/ping/', 404],
    ['/PING', 404],
    ['/nowhere', 404],
    ['/v1/threads?access_token=abc', 400],
    ['/v1/threads?token=abc', 400],
  ])('%s: 401 without a credential, %i with one', async (target, expected) => {
    expect(await status('GET', target)).toBe(401);
    expect(await status('GET', target, [bearer])).toBe(expected);
  });

  test.each([
    ['/v1/threads', 200],
    ['//v1///threads', 200],
    ['/v1/threads/test-1', 200],
    ['/v1/threads/te%73t-1', 200],
    ['/v1/threads?search=te%2Fst', 200],
  ])('the positive twin %s: %i', async (target, expected) => {
    expect(await status('GET', target)).toBe(401);
    expect(await status('GET', target, [bearer])).toBe(expected);
  });

  test('bytes that no target may hold do not get as far as authentication', async () => {
    expect(await status('GET', '/v1/threads/ü')).toBe(400);
    expect(await status('GET', '/v1/threads/ü', [bearer])).toBe(400);
  });

  test('the asterisk form is no path', async () => {
    expect(await status('OPTIONS', '*')).toBe(401);
    expect(await status('OPTIONS', '*', [bearer])).toBe(400);
  });
});

describe('methods', () => {
  test.each([
    ['HEAD', '/v1/threads', 200],
    ['OPTIONS', '/v1/threads', 405],
    ['TRACE', '/v1/threads', 405],
    ['PATCH', '/v1/threads', 405],
    ['POST', '/v1/threads', 405],
    ['GET', '/v1/graph/invoke', 405],
    ['DELETE', '/v1/auth/me', 405],
    ['PROPFIND', '/v1/threads', 405],
    ['POST', '/ping', 405],
    ['TRACE', '/ping', 405],
  ])('%s %s: 401 without a credential, %i with one', async (method, target, expected) => {
    expect(await status(method, target)).toBe(401);
    expect(await status(method, target, [bearer])).toBe(expected);
  });

  test('a 405 names what the address answers to', async () => {
    const { text } = await sendRaw(server.port, head('PATCH', '/v1/threads/test-1', [bearer]));
    expect(text).toMatch(/^Allow: HEAD, GET, DELETE\r$/m);
  });

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s changes nothing', async (name) => {
    expect(await status('GET', '/v1/threads/test-1', [bearer, `${name}: DELETE`])).toBe(200);
    expect(await status('GET', '/v1/threads/test-1', [bearer])).toBe(200);
  });

  test('HEAD answers without a body', async () => {
    const { text } = await sendRaw(server.port, head('HEAD', '/v1/threads', [bearer, 'Connection: close']));
    expect(text.split('\r\n\r\n')[1]).toBe('');
  });
});

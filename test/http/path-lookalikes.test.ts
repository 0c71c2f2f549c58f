import { type Route, routeList } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { say, send } from '../harness/requests.js';
import { bodyTo, encodeBody, pathTo } from '../harness/route-requests.js';
import { serve } from '../harness/served.js';

/*
 * Security bar 58, for every route that there is: a path which looks like a public one, or like this one written otherwise,
 * leads nowhere.
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

/** A request that would be served, on a path written in any way. */
async function ask(
  route: Route,
  path: string,
  lines: readonly string[],
  method: string = route.method,
): Promise<number> {
  const { type, text: body } = encodeBody(route, bodyTo(route, target) ?? {}) ?? { type: '', text: '' };
  const text = head(method, path, [...lines, `Content-Type: ${type}`, `Content-Length: ${body.length}`]) + body;
  return (await sendRaw(server.port, text)).status;
}

const isPublic = (route: Route) => 'public' in route;
const nothing = { messageId: 'none', runId: 'none', memoryId: 'none', grantId: 'none', fileId: 'f'.repeat(32) };
const target = { id: 'test-1', ...nothing };
const pathOf = (route: Route) => pathTo(route, target);

/** How the same path can be written so that a careless reader takes it for the same, or for a public one. */
const lookalikes: readonly (readonly [string, (path: string) => string, number])[] = [
  ['a public route and up', (path) => `/ping/..${path}`, 400],
  ['a public route and up, encoded', (path) => `/ping/%2e%2e${path}`, 400],
  ['a public route and up, half encoded', (path) => `/health/.%2E${path}`, 400],
  ['a public route and up, with an encoded slash', (path) => `/ping/..%2f${path.slice(1)}`, 400],
  ['a public route and up, with an encoded backslash', (path) => `/ping/..%5c${path.slice(1)}`, 400],
  ['a public route and a parameter', (path) => `/ping;${path}`, 400],
  ['a public route and NUL', (path) => `/ping%00${path}`, 400],
  ['a public route and an encoded question mark', (path) => `/ping%3f${path}`, 404],
  ['a public route and an encoded number sign', (path) => `/ping%23${path}`, 404],
  ['a public route before it', (path) => `/ping${path}`, 404],
  ['a dot segment', (path) => path.replace(/\/([^/]*)$/, '/./$1'), 400],
  ['dot segments in the middle', (path) => path.replace(/\/([^/]*)$/, '/x/../$1'), 400],
  ['an encoded slash', (path) => path.replace(/\/([^/]*)$/, '%2F$1'), 400],
  ['a doubly encoded slash', (path) => path.replace(/\/([^/]*)$/, '%252F$1'), 400],
  ['a backslash', (path) => path.replace(/\/([^/]*)$/, '\\$1'), 400],
  ['an encoded NUL at the end', (path) => `${path}%00`, 400],
  ['an encoded line feed at the end', (path) => `${path}%0a`, 400],
  ['a parameter at the end', (path) => `${path};x=y`, 400],
  ['an overlong dot', (path) => `${path}/%c0%ae`, 400],
  ['half a surrogate', (path) => `${path}%ed%a0%80`, 400],
  ['a broken escape at the end', (path) => `${path}%2`, 400],
  ['the absolute form', (path) => `http://127.0.0.1${path}`, 400],
  ['the absolute form of another host', (path) => `http://other.test${path}`, 400],
  ['a slash at the end', (path) => `${path}/`, 404],
  ['slashes at the end', (path) => `${path}//`, 404],
  ['upper case', (path) => `/V1${path.slice(3)}`, 404],
  ['an encoded letter in a literal segment', (path) => path.replace('/v1', '/%761'), 404],
  ['one segment more', (path) => `${path}/x/y/z`, 404],
  ['wide letters', (path) => path.replace('/v1', '/%EF%BD%961'), 404],
];

const protectedRoutes = routeList
  .filter((route) => !isPublic(route))
  .map((route) => [route.method, route.path, route] as const);

describe.each(protectedRoutes)('%s %s', (_method, _path, route) => {
  test.each(lookalikes)('%s: 401 without a credential, %i with one', async (_what, write, expected) => {
    const path = write(pathOf(route));
    expect(path).not.toBe(pathOf(route));
    expect(await ask(route, path, [])).toBe(401);
    expect(await ask(route, path, [bearer])).toBe(expected);
  });

  test.each([
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Forwarded-Prefix',
  ])('%s does not make it public, or another', async (name) => {
    for (const value of ['GET', 'OPTIONS', '/ping'])
      expect(await ask(route, pathOf(route), [`${name}: ${value}`])).toBe(401);
    expect(await ask(route, '/ping', [`${name}: ${pathOf(route)}`], 'GET')).toBe(200);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY', 'M-SEARCH', 'LINK'])(
    '%s needs a credential',
    async (method) => {
      const status = await ask(route, pathOf(route), [], method);
      // Node's parser does not know every method that there is.
      expect(method === 'QUERY' ? [400, 401] : [401]).toContain(status);
    },
  );

  test.each(['PATCH', 'OPTIONS', 'TRACE', 'M-SEARCH', 'LINK'])('%s is not among what it answers to', async (method) => {
    expect(await ask(route, pathOf(route), [bearer], method)).toBe(405);
  });

  test('without its credential the thread stays, and with it the positive twin is let through', async () => {
    expect(await ask(route, pathOf(route), [])).toBe(401);
    expect((await send(`${server.url}/v1/threads/test-1`, { token })).status).toBe(200);
    // The policy is only an operator's to see; a socket speaks nothing but WebSocket.
    const isPolicy = 'requires' in route && route.requires.resource === 'policy';
    const answers = isPolicy ? [403] : route.answer === 'socket' ? [426] : [200, 404];
    if (route.method === 'GET') expect(answers).toContain(await ask(route, pathOf(route), [bearer]));
    const collapsed = pathOf(route).replaceAll('/', '///');
    expect(await ask(route, collapsed, [])).toBe(401);
    if (route.method === 'GET') {
      expect(await ask(route, collapsed, [bearer])).toBe(await ask(route, pathOf(route), [bearer]));
    }
  });
});

test('CONNECT opens nothing', async () => {
  const { text } = await sendRaw(server.port, head('CONNECT', '127.0.0.1:80', [bearer]));
  expect(text).not.toMatch(/^HTTP\/1\.1 2/);
});

test('an encoded letter of a thread id is that letter: it is the same thread', async () => {
  const read = (path: string) => send(`${server.url}/v1/threads/${path}`, { token });
  const [plain, encoded] = [await read('test-1'), await read('%74est%2D1')];
  expect(encoded.status).toBe(200);
  expect(encoded.body.data).toEqual(plain.body.data);
  expect((await read('TEST-1')).status).toBe(404);
});

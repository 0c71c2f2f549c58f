import { request } from 'node:http';
import { errorCodes, routeList } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { exampleGraph, failingGraph } from '../harness/project.js';
import { say } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';

/* Security bar 50, contract parts 5 and 8.13: what a browser is told about pages of other origins, and what it is not. */

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `fetch` does not let a program say which origin it has. */
function ask(server: Served, { method = 'GET', path = '/v1/threads', headers = {}, body }: Asked): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (incoming) => {
      incoming.resume().on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers }));
    });
    outgoing.on('error', reject).end(body);
  });
}

const preflight = (origin: string, more: Asked = {}): Asked => ({
  method: 'OPTIONS',
  ...more,
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,content-type',
    ...more.headers,
  },
});

const corsFields = ({ headers }: Reply) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

const app = 'https://app.example.com';
const listed = [app, 'http://localhost:5173'];
const strangers = [
  ...['null', 'https://app.example.com.evil', 'https://evilapp.example.com', 'http://app.example.com'],
  ...[
    'https://APP.example.com',
    'https://app.example.com:8443',
    'https://user@app.example.com',
    `${app}/`,
    `${app}, ${app}`,
  ],
  ...['https://example.com', 'http://localhost', 'http://127.0.0.1:5173', 'https://app.example.com:443', ' '],
];

describe('production, with a list', () => {
  const server = serve(
    {
      agent: exampleGraph,
      auth: [
        'jwt',
        { method: 'api_key', header: 'X-Team-Key', keys: [{ id: 'a', key: { env: 'A_KEY' }, subject: 'a' }] },
      ],
      cors: { origins: listed, headers: ['X-Trace'] },
    },
    { env: { A_KEY: '0123456789abcdef0123456789abcdef01234567', MAX_REQUEST_SIZE: '1000' } },
  );
  const bearer = () => ({ Authorization: `Bearer ${server.tokenFor('alice')}` });

  test.each(listed)('a preflight of %s is answered, without a credential', async (origin) => {
    const reply = await ask(server, preflight(origin));
    expect(reply.status).toBe(204);
    expect(corsFields(reply)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': expect.stringMatching(/^(?=.*GET)(?=.*POST)(?=.*PUT)(?=.*DELETE)[A-Z,]+$/),
      'access-control-allow-headers':
        'Authorization,Content-Type,Accept,X-API-Key,X-Policy-Revision,X-Team-Key,X-Trace',
      'access-control-max-age': '600',
    });
    expect(reply.headers).toMatchObject({ vary: 'Origin', 'x-request-id': expect.any(String) });
  });

  test.each(strangers)('a preflight of %j is refused, and told nothing', async (origin) => {
    const reply = await ask(server, preflight(origin));
    expect(reply.status).toBe(403);
    expect(corsFields(reply)).toEqual({});
    expect(reply.headers['vary']).toBe('Origin');
  });

  test.each([
    ['a method', { 'Access-Control-Request-Method': 'PATCH' }],
    ['a method in lower case', { 'Access-Control-Request-Method': 'post' }],
    ['a header', { 'Access-Control-Request-Headers': 'authorization,x-admin' }],
    ['a header that proxies write', { 'Access-Control-Request-Headers': 'x-forwarded-for' }],
  ])('so is one for %s that is not listed', async (_what, headers) => {
    const reply = await ask(server, preflight(app, { headers }));
    expect([reply.status, corsFields(reply)]).toEqual([403, {}]);
  });

  test('a preflight tells nobody which paths there are, nor whose', async () => {
    const paths = [
      '/v1/threads',
      '/v1/nowhere',
      '/docs',
      '/..%2f',
      '//v1//threads',
      '/v1/threads/test-1',
      '*',
      '/ping',
    ];
    for (const headers of [{}, bearer(), { Authorization: 'Bearer nonsense' }]) {
      for (const origin of [app, 'https://evil.example']) {
        const replies = await Promise.all(paths.map((path) => ask(server, preflight(origin, { path, headers }))));
        const told = replies.map((reply) => [reply.status, corsFields(reply)]);
        expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
      }
    }
  });

  test.each([
    ['no origin', { 'Access-Control-Request-Method': 'POST' }],
    ['no method', { Origin: app }],
  ])('OPTIONS with %s is no preflight', async (_what, headers) => {
    expect((await ask(server, { method: 'OPTIONS', headers })).status).toBe(401);
    expect((await ask(server, { method: 'OPTIONS', headers: { ...headers, ...bearer() } })).status).toBe(405);
  });

  test.each<readonly [number, () => Asked]>([
    [200, () => ({ headers: bearer() })],
    [401, () => ({})],
    [401, () => ({ headers: { Authorization: 'Bearer nonsense' } })],
    [403, () => ({ headers: { Authorization: `Bearer ${server.tokenFor('a', { scope: 'graph:read' })}` } })],
    [404, () => ({ path: '/v1/nowhere', headers: bearer() })],
    [400, () => ({ path: '/..%2f', headers: bearer() })],
    [405, () => ({ method: 'DELETE', headers: bearer() })],
    [
      413,
      () => ({
        ...{ method: 'POST', path: '/v1/graph/invoke', body: JSON.stringify(say('x'.repeat(2000))) },
        headers: { ...bearer(), 'Content-Type': 'application/json' },
      }),
    ],
    [415, () => ({ method: 'POST', path: '/v1/graph/invoke', body: 'x', headers: bearer() })],
    [
      422,
      () => ({
        ...{ method: 'POST', path: '/v1/graph/invoke', body: '{"messages":7}' },
        headers: { ...bearer(), 'Content-Type': 'application/json' },
      }),
    ],
  ])('an answer %i can be read by a listed origin, and by no other', async (status, asked) => {
    const { headers, ...rest } = asked();
    const own = await ask(server, { ...rest, headers: { ...headers, Origin: app } });
    expect(own.status).toBe(status);
    expect(corsFields(own)).toEqual({
      'access-control-allow-origin': app,
      'access-control-expose-headers':
        'X-Request-ID,WWW-Authenticate,Retry-After,RateLimit,RateLimit-Policy,X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,X-RateLimit-Reset-After',
    });
    expect(own.headers).toMatchObject({ vary: 'Origin', 'x-request-id': expect.any(String) });
    for (const origin of strangers) {
      const other = await ask(server, { ...rest, headers: { ...headers, Origin: origin } });
      expect([other.status, corsFields(other), other.headers['vary']]).toEqual([status, {}, 'Origin']);
    }
  });

  test('a stream can be read too', async () => {
    const headers = { ...bearer(), 'Content-Type': 'application/json', Origin: app };
    const reply = await ask(server, {
      method: 'POST',
      path: '/v1/graph/stream',
      body: JSON.stringify(say('Hi')),
      headers,
    });
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([200, app]);
  });

  test('what a preflight carries is no request', async () => {
    const smuggled = 'GET /v1/threads HTTP/1.1\r\nHost: x\r\n\r\n';
    const { headers } = preflight(app);
    const reply = await ask(server, {
      ...preflight(app),
      body: smuggled,
      headers: { ...headers, 'Content-Length': String(smuggled.length) },
    });
    expect(reply.status).toBe(204);
  });
});

describe('production, without a list', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' });

  test.each([app, 'http://localhost:5173', 'null', 'http://127.0.0.1'])(
    '%s may ask nothing and read nothing',
    async (origin) => {
      const refused = await ask(server, preflight(origin));
      expect([refused.status, corsFields(refused)]).toEqual([403, {}]);
      const headers = { Origin: origin, Authorization: `Bearer ${server.tokenFor('alice')}` };
      const answered = await ask(server, { headers });
      expect([answered.status, corsFields(answered)]).toEqual([200, {}]);
    },
  );

  test('documentation is off', async () => {
    const headers = { Authorization: `Bearer ${server.tokenFor('alice')}` };
    for (const path of ['/docs', '/redocs', '/openapi.json']) {
      expect((await ask(server, { path })).status).toBe(401);
      expect((await ask(server, { path, headers })).status).toBe(404);
    }
  });
});

describe('development', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' }, { args: ['dev', '--no-reload'] });

  test.each([app, 'http://localhost:5173', 'null', 'https://playground-463bd.web.app'])(
    '%s may ask and read, without credentials and unnamed',
    async (origin) => {
      const asked = await ask(
        server,
        preflight(origin, { headers: { 'Access-Control-Request-Private-Network': 'true' } }),
      );
      expect(asked.status).toBe(204);
      expect(asked.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-private-network': 'true',
      });
      expect(asked.headers).not.toHaveProperty('access-control-allow-credentials');
      const refused = await ask(server, { headers: { Origin: origin, Cookie: 'session=1' } });
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, '*']);
      expect(refused.headers).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  test('every method of the table may be asked for', async () => {
    const methods = [...new Set(routeList.map(({ method }) => method))];
    expect(methods.length).toBeGreaterThanOrEqual(4);
    for (const method of methods) {
      expect((await ask(server, preflight(app, { headers: { 'Access-Control-Request-Method': method } }))).status).toBe(
        204,
      );
    }
  });

  test('documentation is public, and the start says so', async () => {
    for (const [path, type] of [
      ['/docs', 'text/html; charset=utf-8'],
      ['/redocs', 'text/html; charset=utf-8'],
      ['/openapi.json', 'application/json; charset=utf-8'],
    ] as const) {
      const reply = await ask(server, { path });
      expect([reply.status, reply.headers['content-type']]).toEqual([200, type]);
      expect(reply.headers['content-security-policy']).toMatch(/^default-src 'none'/);
      expect(server.output()).toContain(`GET ${path}  documentation`);
    }
  });
});

describe('production that asks for documentation', () => {
  const cors = { origins: [app], credentials: true, methods: ['GET', 'POST'] };
  const server = serve({ agent: failingGraph, auth: 'jwt', cors }, { env: { DOCS_PATH: '/internal/docs' } });

  test.each(['/internal/docs', '/openapi.json'])('%s is for whoever is authenticated', async (path) => {
    const as = (claims: object) => ({ Authorization: `Bearer ${server.tokenFor('alice', claims)}` });
    expect((await ask(server, { path })).status).toBe(401);
    expect((await ask(server, { path, headers: as({}) })).status).toBe(200);
    expect((await ask(server, { path, headers: as({ scope: 'graph:invoke' }) })).status).toBe(403);
    expect((await ask(server, { path, method: 'POST', headers: as({}) })).status).toBe(405);
  });

  test.each(['/docs', '/redocs'])('%s is not there', async (path) => {
    const headers = { Authorization: `Bearer ${server.tokenFor('alice')}` };
    expect((await ask(server, { path, headers })).status).toBe(errorCodes.NOT_FOUND.status);
  });

  test.each([
    ['POST', 204],
    ['DELETE', 403],
  ])('of the methods only the listed ones may be used: %s, %i', async (method, expected) => {
    const reply = await ask(server, preflight(app, { headers: { 'Access-Control-Request-Method': method } }));
    expect(reply.status).toBe(expected);
  });

  test('a failure of ours can be read as well', async () => {
    const headers = { Authorization: `Bearer ${server.tokenFor('alice')}`, 'Content-Type': 'application/json' };
    const invoke = { method: 'POST', path: '/v1/graph/invoke', body: JSON.stringify(say('Hello')) };
    const reply = await ask(server, { ...invoke, headers: { ...headers, Origin: app } });
    expect(reply.status).toBe(500);
    expect(reply.headers).toMatchObject({
      ...{ 'access-control-allow-origin': app, vary: 'Origin', 'x-request-id': expect.any(String) },
      'access-control-expose-headers': expect.stringContaining('X-Request-ID'),
    });
  });

  test('credentials go to listed origins alone, by name', async () => {
    const own = await ask(server, { headers: { Origin: app } });
    expect(corsFields(own)).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
    });
    expect(corsFields(await ask(server, { headers: { Origin: 'https://evil.example' } }))).toEqual({});
    const asked = await ask(server, preflight(app, { headers: { 'Access-Control-Request-Private-Network': 'true' } }));
    expect(asked.headers).not.toHaveProperty('access-control-allow-private-network');
  });
});

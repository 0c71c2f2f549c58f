import { inspect } from 'node:util';
import { AgentFlowClient, type AgentFlowClientOptions, Message } from '@agentflow/client';
import { describe, expect, test } from 'vitest';
import { answerJson, serveScript } from '../harness/scripted-server.js';

/* How the client asks, and what it makes of answers that a healthy server does not give. */

const server = serveScript();
const fast = { baseDelay: 1, maxDelay: 2 };
const pong = { data: 'pong', metadata: { request_id: 'r', timestamp: 't', message: 'OK' } };
const run = { data: { messages: [], meta: { thread_id: 't', is_new_thread: true } } };
const make = (options: Partial<AgentFlowClientOptions> = {}) =>
  new AgentFlowClient({ baseUrl: server.url, retry: fast, ...options });
const hello = [Message.text_message('Hello')];

describe('headers', () => {
  const bearer = { type: 'bearer', token: 'from-auth' } as const;
  const guide = { Authorization: 'Bearer from-headers' };

  test.each<[string, Partial<AgentFlowClientOptions>, string | undefined]>([
    ['nothing', {}, undefined],
    ['authToken', { authToken: 'from-token' }, 'Bearer from-token'],
    ['headers', { headers: guide }, 'Bearer from-headers'],
    ['headers before authToken', { headers: { authorization: 'Bearer x' }, authToken: 'y' }, 'Bearer x'],
    ['auth before headers', { headers: guide, auth: bearer }, 'Bearer from-auth'],
    ['auth before authToken', { auth: bearer, authToken: 'from-token' }, 'Bearer from-auth'],
    ['Headers', { headers: new Headers(guide) }, 'Bearer from-headers'],
    ['a list', { headers: [['Authorization', 'Bearer listed']] }, 'Bearer listed'],
    ['Basic, in UTF-8', { auth: { type: 'basic', username: 'test', password: '123£' } }, 'Basic dGVzdDoxMjPCow=='],
    ['a function', { auth: () => 'from-function' }, 'Bearer from-function'],
    ['a function that gives none', { auth: async () => null }, undefined],
  ])('%s', async (_name, options, expected) => {
    server.script((_request, response) => answerJson(response, 200, pong));
    await make(options).ping();
    expect(server.seen[0]?.headers.authorization).toBe(expected);
  });

  test('a header of its own goes beside the others, with its prefix, and those of one call stand over all', async () => {
    server.script((_request, response) => answerJson(response, 200, pong));
    const auth = { type: 'header', name: 'X-API-Key', value: 'key', prefix: 'Key' } as const;
    const client = make({ auth, headers: { 'X-Act-For': 'alice', 'X-API-Key': 'other' } });
    await client.ping({ headers: { 'x-act-for': 'bob' } });
    expect(server.seen[0]?.headers).toMatchObject({ 'x-api-key': 'Key key', 'x-act-for': 'bob' });
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });

  test.each<[string, NonNullable<AgentFlowClientOptions['auth']>]>([
    ['a line break', { type: 'bearer', token: 'secret\nX-Admin: yes' }],
    ['a character that no header has', { type: 'header', name: 'X-API-Key', value: 'secret\u20ac' }],
    ['a colon in the name', { type: 'basic', username: 'secret:', password: 'x' }],
    ['no token', { type: 'bearer', token: '' }],
    ['no text', { type: 'bearer', token: undefined as unknown as string }],
    ['no kind', { type: 'digest', token: 'secret' } as unknown as { type: 'bearer'; token: string }],
  ])('a credential with %s is not sent, and not told', async (_name, auth) => {
    const error = await make({ auth })
      .ping()
      .then(String, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'CredentialError', code: 'CREDENTIAL_UNFIT' });
    expect(`${String(error)}${JSON.stringify(error)}${(error as Error).stack}`).not.toContain('secret');
    expect(server.seen).toEqual([]);
  });
});

describe('addresses', () => {
  test.each(['', '/', '//', '/base', '/base/'])('a baseUrl that ends with "%s" makes no double slash', async (end) => {
    server.script((_request, response) => answerJson(response, 200, pong));
    await make({ baseUrl: `${server.url}${end}` }).ping();
    expect(server.seen[0]?.path).toBe(`${end.replace(/\/+$/, '')}/ping`);
  });

  test.each(['', 'agents.example.com', 'ftp://x', 'https://user:pass@x.example'])('%j is no baseUrl', (baseUrl) => {
    expect(() => new AgentFlowClient({ baseUrl })).toThrow(/baseUrl/);
  });

  test('ids are one segment of the path, whatever they hold', async () => {
    server.script((_request, response) => answerJson(response, 200, pong));
    await make().threadDetails('a/b?c#d e%2f');
    await make().threads({ search: 'a&b=ü', limit: 0 });
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/v1/threads/a%2Fb%3Fc%23d%20e%252f',
      '/v1/threads?search=a%26b%3D%C3%BC&limit=0',
    ]);
  });

  test.each(['', '.', '..'])('an id that would be another path is not sent: %j', async (id) => {
    await expect(make().deleteThread(id)).rejects.toMatchObject({
      ...{ name: 'ValidationError', details: [{ loc: ['path', 'thread_id'] }] },
    });
    expect(server.seen).toEqual([]);
  });
});

describe('messages that are none', () => {
  test.each<[string, unknown]>([
    ['a text', 'Hello'],
    ['one message alone', Message.text_message('Hello')],
    ['a list of texts', ['Hello']],
    ['nothing', undefined],
  ])('are refused before they are sent: %s', async (_name, messages) => {
    const said = messages as Message[];
    const read = async () => make().stream(said).next();
    for (const call of [() => make().invoke(said), () => make().addThreadMessages('one', said), read]) {
      await expect(call()).rejects.toMatchObject({ name: 'ValidationError', details: [{ loc: ['body', 'messages'] }] });
    }
    expect(server.seen).toEqual([]);
  });
});

describe('tries', () => {
  /** Answers the first requests so, and the others well. */
  const failing = (times: number, status: number, headers: object = {}) =>
    server.script((_request, response) => {
      if (server.seen.length <= times) answerJson(response, status, { detail: 'no' }, headers);
      else answerJson(response, 200, server.seen[0]?.path === '/v1/graph/invoke' ? run : pong);
    });

  test.each([429, 502, 503, 504])('a GET is sent again after %i', async (status) => {
    failing(2, status);
    expect((await make().ping()).data).toBe('pong');
    expect(server.seen).toHaveLength(3);
  });

  test('but not for ever', async () => {
    failing(9, 503);
    await expect(make().ping()).rejects.toMatchObject({ name: 'ServerError', status: 503, message: 'no' });
    expect(server.seen).toHaveLength(3);
    await expect(make({ retry: { retries: 0 } }).ping()).rejects.toMatchObject({ status: 503 });
    expect(server.seen).toHaveLength(4);
  });

  test.each([400, 401, 403, 404, 409, 422, 500, 501])('and not after %i', async (status) => {
    failing(9, status);
    await expect(make().ping()).rejects.toMatchObject({ status });
    expect(server.seen).toHaveLength(1);
  });

  test('a connection that breaks is tried again for a GET', async () => {
    server.script((_request, response) => {
      if (server.seen.length < 3) response.destroy();
      else answerJson(response, 200, pong);
    });
    expect((await make().ping()).data).toBe('pong');
    expect(server.seen).toHaveLength(3);
  });

  test.each([
    ['503', 503],
    ['409 with Retry-After', 409],
    ['502', 502],
  ])('a run is not: %s may come from one that was under way', async (_name, status) => {
    failing(9, status, { 'Retry-After': '0' });
    await expect(make().invoke(hello)).rejects.toMatchObject({ status, retryAfterSeconds: 0 });
    await expect(make().stream(hello).next()).rejects.toMatchObject({ status });
    expect(server.seen.map(({ path }) => path)).toEqual(['/v1/graph/invoke', '/v1/graph/stream']);
  });

  test('nor where the connection breaks', async () => {
    server.script((_request, response) => response.destroy());
    await expect(make().invoke(hello)).rejects.toMatchObject({
      name: 'NetworkError',
      status: 0,
      endpoint: '/v1/graph/invoke',
    });
    await expect(make().deleteThread('x')).rejects.toMatchObject({ name: 'NetworkError' });
    expect(server.seen).toHaveLength(2);
  });

  test('a run is sent again after 429, which comes before it begins', async () => {
    failing(1, 429, { 'Retry-After': '0' });
    expect((await make().invoke(hello)).meta.thread_id).toBe('t');
    expect(server.seen).toHaveLength(2);
  });

  test('what only reads is sent again, though it is a POST', async () => {
    failing(1, 503);
    await make().searchMemory({ query: 'x' });
    expect(server.seen).toHaveLength(2);
  });

  test('a wait that is longer than the call has is not begun', async () => {
    failing(1, 503, { 'Retry-After': '3600' });
    await expect(make({ timeout: 5000 }).ping()).rejects.toMatchObject({ status: 503, retryAfterSeconds: 3600 });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    failing(2, 503, { 'Retry-After': date });
    await expect(make({ timeout: 5000 }).ping()).rejects.toMatchObject({ status: 503 });
    expect(server.seen).toHaveLength(2);
  });

  test('a signal ends the wait between two', async () => {
    failing(1, 503, { 'Retry-After': '3600' });
    const controller = new AbortController();
    const waiting = make({ timeout: 0, debug: (line) => line.includes('again') && controller.abort() }).ping({
      signal: controller.signal,
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortedError' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a fetch that knows no signal', () => {
  const never = () => new Promise<never>(() => {});
  const stalled = () => Promise.resolve(new Response(new ReadableStream({ pull: never, cancel: never })));

  test.each([
    ['never answers', never],
    ['answers, and then nothing', stalled],
  ])('that %s does not outlast the time or the signal of a call', async (_name, fetch) => {
    const client = make({ fetch, timeout: 30 });
    await expect(client.ping()).rejects.toMatchObject({ name: 'TimeoutError', message: 'Request timeout after 30ms' });
    await expect(client.stream(hello).next()).rejects.toMatchObject({ name: 'TimeoutError' });
    const signal = AbortSignal.timeout(10);
    await expect(client.getFile('f', { signal, timeout: 0 })).rejects.toMatchObject({ name: 'AbortedError' });
  });
});

describe('answers of something else', () => {
  test.each([
    ['a page', 'text/html', '<!doctype html>', 'ProtocolError'],
    ['nothing', 'application/json', '', 'NetworkError'],
    ['null', 'application/json', 'null', 'NetworkError'],
    ['a list', 'application/json', '[]', 'NetworkError'],
    ['an object of another kind', 'application/json', '{"data":{"messages":[]}}', 'ProtocolError'],
  ])('%s is told as such', async (_name, type, body, streamed) => {
    server.script((_request, response) => response.writeHead(200, { 'Content-Type': type }).end(body));
    await expect(make().invoke(hello)).rejects.toMatchObject({ name: 'ProtocolError' });
    const stream = make().stream(hello);
    await expect(stream.next()).rejects.toMatchObject({ name: streamed });
    expect(await stream.ended).toMatchObject({ reason: 'error', error: { name: streamed } });
  });

  test('a page in the place of an error keeps its status', async () => {
    server.script((_request, response) => response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad</h1>'));
    await expect(make().invoke(hello)).rejects.toMatchObject({ name: 'ServerError', status: 502, code: 'HTTP_502' });
  });

  test('a redirect is not followed: the credential is for this server', async () => {
    server.script((request, response) =>
      request.path === '/ping'
        ? response.writeHead(302, { Location: '/elsewhere' }).end()
        : answerJson(response, 200, pong),
    );
    await expect(make({ retry: { retries: 0 } }).ping()).rejects.toMatchObject({ name: 'NetworkError' });
    expect(server.seen.map(({ path }) => path)).toEqual(['/ping']);
  });

  test('messages of any shape are read without a fault', async () => {
    const messages = [
      ...[null, 1, { content: 'text' }, { role: 'tool', content: [null, 1, {}, { type: 'text', text: 'x' }] }],
      ...[{ text: 'no method', content: [] }, JSON.parse('{"__proto__":{"text":1}}'), { constructor: 1, toString: 1 }],
    ];
    server.script((_request, response) => answerJson(response, 200, { data: { ...run.data, messages } }));
    const result = await make().invoke(hello);
    expect(result.messages.map((message) => message.text())).toEqual(['', '', '', 'x', '', '', '']);
  });
});

test('what the client tells in debugging holds neither bodies nor credentials', async () => {
  server.script((_request, response) => answerJson(response, 200, pong));
  const lines: string[] = [];
  await make({ authToken: 'secret', debug: (line) => lines.push(line) }).storeMemory({ content: 'secret' });
  expect(lines).toEqual(['POST /v1/store/memories: 200']);
});

test('a client that is printed tells no credential', () => {
  const headers = { Authorization: 'Bearer secret', 'X-API-Key': 'secret' };
  const clients = [
    make({ authToken: 'secret' }),
    make({ headers }),
    make({ auth: { type: 'bearer', token: 'secret' } }),
  ];
  const streams = clients.map((client) => client.stream(hello));
  const printed = inspect([clients, streams], { depth: 20, showHidden: true }) + JSON.stringify([clients, streams]);
  expect(printed).not.toContain('secret');
});

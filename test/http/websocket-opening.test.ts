import { Agent, request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createSecret, echoGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { bearer, isError, type OpenedSocket, openSocket, refusedSocket, sayFrame } from '../harness/sockets.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/* Security bar 60: who may open a socket, decided before it is one. */

const key = createSecret();
const env = { API_KEY: key };
const auth = ['jwt', 'api_key'];
const listed = 'https://app.example.com';
const server = serve({ agent: echoGraph, auth, cors: { origins: [listed] } }, { env });
const lax = serve({ agent: echoGraph, auth, websocket: { insecure_token_in_query: true } }, { env, args: ['dev'] });
const local = serve({ agent: echoGraph });
const token = () => server.tokenFor('alice');

/** A run on it, and who it was for. */
async function whoRuns(socket: OpenedSocket): Promise<string> {
  const frames = await socket.run(sayFrame('Hello'));
  expect(frames.filter(isError)).toEqual([]);
  await socket.close();
  const answer = frames.find(({ message }) => message?.role === 'assistant');
  return JSON.parse(answer.message.content[0].text).user_id;
}

describe('credentials', () => {
  test('in header fields, as everywhere', async () => {
    const socket = await openSocket(server.url, bearer(token()));
    expect(socket.headers).toMatchObject({
      upgrade: 'websocket',
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(socket.headers).not.toHaveProperty('sec-websocket-protocol');
    expect(socket.headers).not.toHaveProperty('sec-websocket-extensions');
    expect(await whoRuns(socket)).toBe('alice');
    expect(await whoRuns(await openSocket(server.url, { headers: { 'X-API-Key': key } }))).toBe('env:API_KEY');
  });

  test.each(['agentflow-bearer', '10xgraph-bearer'])('after the sub-protocol %s, which is echoed', async (protocol) => {
    const socket = await openSocket(server.url, { protocols: [protocol, token()] });
    expect(socket.socket.protocol).toBe(protocol);
    expect(await whoRuns(socket)).toBe('alice');
    // Beside a header field that says the same.
    const twice = { ...bearer(token()), protocols: [protocol] };
    expect(await whoRuns(await openSocket(server.url, twice))).toBe('alice');
    const same = token();
    expect(await whoRuns(await openSocket(server.url, { ...bearer(same), protocols: [protocol, same] }))).toBe('alice');
  });

  test.each<readonly [string, () => Parameters<typeof openSocket>[1], number]>([
    ['none', () => ({}), 401],
    ['an empty one', () => ({ headers: { Authorization: '' } }), 401],
    ['a forged one', () => bearer(signToken({ sub: 'alice', exp: inSeconds(60) }, createSecret())), 401],
    ['one that has run out', () => bearer(server.tokenFor('alice', { exp: inSeconds(-600) })), 401],
    ['a forged one as sub-protocol', () => ({ protocols: ['agentflow-bearer', `${token()}x`] }), 401],
    ['one after a sub-protocol of others', () => ({ protocols: ['graphql-ws', token()] }), 401],
    ['one that is not after the first', () => ({ protocols: ['x', 'agentflow-bearer', token()] }), 401],
    ['one in the address', () => ({ query: `?token=${token()}` }), 401],
    ['one in a cookie', () => ({ headers: { Cookie: `token=${token()}` } }), 401],
    ['a ticket that nobody has issued', () => ({ protocols: ['agentflow-ticket', 'a'.repeat(43)] }), 401],
    ['a ticket that is none', () => ({ protocols: ['agentflow-ticket', 'a'] }), 401],
    ['no ticket after its name', () => ({ protocols: ['agentflow-ticket'] }), 401],
    ['two', () => ({ ...bearer(token()), protocols: ['agentflow-bearer', server.tokenFor('bob')] }), 400],
    ['two of two kinds', () => ({ protocols: ['agentflow-bearer', token()], headers: { 'X-API-Key': key } }), 400],
    ['two after one name', () => ({ protocols: ['agentflow-bearer', token(), server.tokenFor('bob')] }), 400],
    ['a ticket beside one', () => ({ ...bearer(token()), protocols: ['agentflow-ticket', 'a'.repeat(43)] }), 400],
    ['one and another in the address', () => ({ ...bearer(token()), query: `?token=${token()}` }), 400],
  ])('%s is refused, as HTTP refuses', async (_what, options, status) => {
    const refusal = await refusedSocket(server.url, options());
    expect(refusal.status).toBe(status);
    expect(refusal.body).toMatchObject({ status, metadata: { request_id: refusal.headers['x-request-id'] } });
    expect(refusal.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', connection: 'close' });
    expect('www-authenticate' in refusal.headers).toBe(status === 401);
  });

  test('no scope for it is 403, with the scope that is missing', async () => {
    const { status, headers, body } = await refusedSocket(
      server.url,
      bearer(server.tokenFor('alice', { scope: 'graph:invoke threads:*' })),
    );
    expect([status, body.code]).toEqual([403, 'ACCESS_DENIED']);
    expect(headers['www-authenticate']).toContain('scope="graph:stream"');
    const narrow = server.tokenFor('alice', { scope: 'graph:stream' });
    expect(await whoRuns(await openSocket(server.url, bearer(narrow)))).toBe('alice');
  });

  test('in a sub-protocol or the address over plain HTTP it is none', async () => {
    const headers = { 'Sec-WebSocket-Protocol': `agentflow-bearer, ${token()}` };
    expect((await send(`${server.url}/v1/auth/me`, { headers })).status).toBe(401);
    expect((await send(`${lax.url}/v1/auth/me?token=${lax.tokenFor('alice')}`)).status).toBe(401);
    const given = { token: lax.tokenFor('alice') };
    expect((await send(`${lax.url}/v1/auth/me?token=${lax.tokenFor('alice')}`, given)).status).toBe(400);
    expect((await send(`${lax.url}/v1/graph/ws?token=${lax.tokenFor('alice')}`)).status).toBe(401);
  });

  test('in the address only where the file says so, which is said aloud; nothing keeps it', async () => {
    const secret = lax.tokenFor('alice');
    expect(await whoRuns(await openSocket(lax.url, { query: `?token=${secret}&x=1` }))).toBe('alice');
    expect(await whoRuns(await openSocket(lax.url, { ...bearer(secret), query: `?token=${secret}` }))).toBe('alice');
    expect((await refusedSocket(lax.url, { query: '?token=nobody' })).status).toBe(401);
    expect((await refusedSocket(lax.url, { query: '?token=a%0d%0ab' })).status).toBe(400);
  });
});

describe('pages', () => {
  const from = (origin: string, more: object = {}) => ({ headers: { Origin: origin, ...more } });
  const asAlice = () => ({ protocols: ['agentflow-bearer', token()] });

  test('of a listed origin, of the server itself, and programs without one', async () => {
    for (const options of [from(listed), from(server.url), from(server.url.replace('http:', 'https:')), {}]) {
      expect(await whoRuns(await openSocket(server.url, { ...asAlice(), ...options }))).toBe('alice');
    }
  });

  test.each([
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com:8443',
    'null',
    'http://localhost:1',
    'file://',
    'x',
  ])('of another, %s, is refused before anybody asks who it is', async (origin) => {
    const { status, body, headers } = await refusedSocket(server.url, { ...asAlice(), ...from(origin) });
    expect([status, body.code]).toEqual([403, 'ACCESS_DENIED']);
    expect(headers).not.toHaveProperty('www-authenticate');
    expect((await refusedSocket(server.url, from(origin))).status).toBe(403);
    expect((await refusedSocket(server.url, { ...from(origin), path: '/nowhere' })).status).toBe(403);
  });

  test('in development any, but not with what its browser adds by itself', async () => {
    const secret = lax.tokenFor('alice');
    const page = from('https://evil.example');
    const opened = await openSocket(lax.url, { protocols: ['agentflow-bearer', secret], ...page });
    expect(await whoRuns(opened)).toBe('alice');
    const ambient = from('https://evil.example', { Authorization: 'Basic YTpi', Cookie: 'session=1' });
    expect((await refusedSocket(lax.url, ambient)).status).toBe(401);
    expect(await whoRuns(await openSocket(lax.url, { protocols: ['agentflow-bearer', secret], ...ambient }))).toBe(
      'alice',
    );
  });

  test('without "auth" only programs of this machine, and its own pages', async () => {
    expect(await whoRuns(await openSocket(local.url))).toBe('local');
    expect(await whoRuns(await openSocket(local.url, from(local.url)))).toBe('local');
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Host: 'evil.example' },
      { 'X-Forwarded-For': '192.0.2.1' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ]) {
      expect((await refusedSocket(local.url, { headers })).status).toBe(403);
    }
  });
});

describe('handshakes', () => {
  const handshake = (method: string, target: string, more: readonly string[] = [], version = '1.1') =>
    head(method, target, ['Connection: Upgrade', 'Upgrade: websocket', ...more]).replace('HTTP/1.1', `HTTP/${version}`);
  const good = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];
  const known = () => `Authorization: Bearer ${token()}`;
  const path = '/v1/graph/ws';

  test('a good one is accepted', async () => {
    const { status, text } = await sendRaw(server.port, handshake('GET', path, [...good, known()]));
    expect(status).toBe(101);
    // RFC 6455 §1.3
    expect(text).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  test.each<readonly [string, () => string, number]>([
    ['no key', () => handshake('GET', path, [...good.slice(1), known()]), 400],
    ['a short key', () => handshake('GET', path, ['Sec-WebSocket-Key: YQ==', ...good.slice(1), known()]), 400],
    ['two keys', () => handshake('GET', path, [...good, ...good.slice(0, 1), known()]), 400],
    ['no version', () => handshake('GET', path, [...good.slice(0, 1), known()]), 426],
    ['version 7', () => handshake('GET', path, [...good.slice(0, 1), 'Sec-WebSocket-Version: 7', known()]), 426],
    ['version 8', () => handshake('GET', path, [...good.slice(0, 1), 'Sec-WebSocket-Version: 8', known()]), 426],
    ['POST', () => handshake('POST', path, [...good, known(), 'Content-Length: 0']), 405],
    ['HEAD', () => handshake('HEAD', path, [...good, known()]), 426],
    ['HTTP/1.0', () => handshake('GET', path, [...good, known()], '1.0'), 426],
    ['a body', () => `${handshake('GET', path, [...good, known(), 'Content-Length: 5'])}Hello`, 400],
    ['chunks', () => `${handshake('GET', path, [...good, known(), 'Transfer-Encoding: chunked'])}0\r\n\r\n`, 400],
    ['bytes before the answer', () => `${handshake('GET', path, [...good, known()])}GET /ping HTTP/1.1\r\n\r\n`, 400],
    ['two authorizations', () => handshake('GET', path, [...good, known(), known()]), 400],
    ['a sub-protocol that is none', () => handshake('GET', path, [...good, known(), 'Sec-WebSocket-Protocol: ,']), 400],
    ['a sub-protocol twice', () => handshake('GET', path, [...good, known(), 'Sec-WebSocket-Protocol: a, a']), 400],
    ['another path', () => handshake('GET', '/v1/threads', [...good, known()]), 400],
    ['a public path', () => handshake('GET', '/ping', [...good, known()]), 400],
    ['a path that is not there', () => handshake('GET', '/v1/graph/ws/', [...good, known()]), 404],
    ['a path with dots', () => handshake('GET', '/v1/x/../graph/ws', [...good, known()]), 400],
  ])('%s is refused', async (_what, text, status) => {
    const answer = await sendRaw(server.port, text());
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(/^x-request-id: /im);
    expect(answer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    if (status === 426) expect(answer.text).toMatch(/^sec-websocket-version: 13/im);
  });

  test('whoever has no credential learns nothing about the paths', async () => {
    for (const target of [path, '/v1/threads', '/nowhere', '/v1/x/../graph/ws']) {
      expect((await sendRaw(server.port, handshake('GET', target, good))).status).toBe(401);
    }
  });

  test('without an upgrade the address says what it speaks', async () => {
    const answer = await send(`${server.url}${path}`, { token: token() });
    expect([answer.status, answer.body.code]).toEqual([426, 'UPGRADE_REQUIRED']);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    expect((await send(`${server.url}${path}`)).status).toBe(401);
  });

  test('an upgrade to something else is ignored: every request is answered, with its body', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = JSON.stringify({ content: 'bread' });
    const sockets = new Set<unknown>();
    const ask = () =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const headers = {
          ...{ Connection: 'keep-alive, Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQ' },
          ...{ Authorization: `Bearer ${token()}`, 'Content-Type': 'application/json', 'Content-Length': body.length },
        };
        const options = { method: 'POST', headers, agent };
        const sent = httpRequest(`${server.url}/v1/store/memories`, options, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        });
        sent.on('socket', (socket) => sockets.add(socket));
        sent.on('error', reject);
        sent.end(body);
      });
    for (let index = 0; index < 30; index += 1) {
      const { status, text } = await ask();
      expect(status).toBe(200);
      expect(JSON.parse(text).data.memory_id).toMatch(/^[\da-f-]{36}$/);
    }
    expect(sockets.size).toBe(1);
    expect(server.output()).not.toContain('MaxListeners');
    agent.destroy();
  });
});

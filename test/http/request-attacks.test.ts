import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Security bar 56 and 57: bodies without bound, JSON in two readings, and requests that hold two requests. */

const maxBytes = 65_536;
const server = serve({ agent: exampleGraph, auth: 'jwt' }, { env: { MAX_REQUEST_SIZE: String(maxBytes) } });
const token = server.tokenFor('alice');
const bearer = `Authorization: Bearer ${token}`;

afterEach(async () => {
  const twin = await send(`${server.url}/v1/graph/invoke`, { token, body: say('Hello') });
  expect(twin.status, 'the positive twin after the attack').toBe(200);
});

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${server.url}/v1/graph/invoke`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body,
  });
  const answer = (await response.json()) as { code: string; message: string };
  return { status: response.status, ...answer };
}

const valid = JSON.stringify(say('Hello'));
const padded = (bytes: number) => `${valid.slice(0, -1)},"pad":"${'x'.repeat(bytes)}"}`;

describe('bodies', () => {
  test('a body just under the limit is read, one above it is 413 by what its header says', async () => {
    expect((await post(padded(maxBytes - valid.length - 20))).status).toBe(200);
    expect(await post(padded(maxBytes))).toMatchObject({ status: 413, code: 'REQUEST_TOO_LARGE' });
  });

  test('a body without a length is counted as it comes', async () => {
    const lines = [bearer, 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    const small = `${valid.length.toString(16)}\r\n${valid}\r\n0\r\n\r\n`;
    expect((await sendRaw(server.port, head('POST', '/v1/graph/invoke', lines) + small)).status).toBe(200);
    // It never ends: whoever waited for the end would wait for ever.
    const { status } = await sendRaw(server.port, head('POST', '/v1/graph/invoke', lines) + chunk.repeat(8));
    expect(status).toBe(413);
  });

  test.each<readonly [string, string | Uint8Array<ArrayBuffer>, Readonly<Record<string, string>>, number]>([
    ['gzip, which could unfold to anything', new Uint8Array(gzipSync(valid)), { 'Content-Encoding': 'gzip' }, 415],
    [
      'a form, which a web page can send unasked',
      'messages=x',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      415,
    ],
    ['text/plain, which a web page can send unasked', valid, { 'Content-Type': 'text/plain' }, 415],
    ['another charset', valid, { 'Content-Type': 'application/json; charset=utf-16' }, 415],
    ['no JSON', 'messages', {}, 400],
    ['an array', '[]', {}, 400],
    ['a text', '"x"', {}, 400],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), {}, 400],
    ['a byte-order mark', `\ufeff${valid}`, {}, 400],
    ['a depth of 10,000', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, {}, 400],
    ['a depth of 10,000 inside', `{"config":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, {}, 400],
    ['__proto__', `{"__proto__":{"polluted":true},${valid.slice(1)}`, {}, 400],
    ['__proto__, escaped and nested', `{"config":{"\\u005f_proto__":{"polluted":true}},"messages":[]}`, {}, 400],
    ['a member twice', `{"messages":[],${valid.slice(1)}`, {}, 400],
    ['a thread id twice', '{"messages":[],"config":{"thread_id":"a","thread_id":"b"}}', {}, 400],
  ])('%s', async (_what, body, headers, expected) => {
    const { status } = await post(body, headers);
    expect(status).toBe(expected);
  });

  test('whoever has no credential is not read: 401 comes first', async () => {
    for (const body of ['no JSON', padded(maxBytes)]) {
      const { status } = await send(`${server.url}/v1/graph/invoke`, { method: 'POST', headers: { 'X-Body': 'none' } });
      expect(status).toBe(401);
      const anonymous = await fetch(`${server.url}/v1/graph/invoke`, { method: 'POST', body });
      expect(anonymous.status).toBe(401);
    }
  });
});

describe('two credentials, or two requests, in one', () => {
  const raw = async (lines: readonly string[]) =>
    (await sendRaw(server.port, head('GET', '/v1/threads', lines))).status;

  test('the positive twins are let in', async () => {
    expect(await raw([bearer])).toBe(200);
    expect(await raw([`authorization: bearer ${token}`])).toBe(200);
    expect(await raw([`Authorization: Bearer    ${token}`])).toBe(200);
    expect(await raw([bearer, 'Cookie: session=x', 'X-API-Key: y'])).toBe(200);
  });

  test.each([
    ['two Authorization headers', [bearer, bearer], 400],
    ['two different ones', [bearer, 'Authorization: Basic YTpi'], 400],
    ['two in one header', [`${bearer}, Bearer ${token}`], 400],
    ['two in one header, of two schemes', [`${bearer}, Basic YTpi`], 400],
    ['a tab after the scheme', [`Authorization: Bearer\t${token}`], 400],
    ['no scheme at all', [`Authorization: ${token}`], 401],
    ['a scheme without a credential', ['Authorization: Bearer'], 401],
    ['another scheme', ['Authorization: Basic YTpi'], 401],
    ['two Host headers', [bearer, 'Host: other'], 400],
  ])('%s', async (_what, lines, expected) => {
    expect(await raw(lines)).toBe(expected);
  });

  test.each([
    [
      'length and chunks',
      `${head('POST', '/v1/graph/invoke', [bearer, 'Content-Length: 4', 'Transfer-Encoding: chunked'])}0\r\n\r\n`,
    ],
    ['two lengths', `${head('POST', '/v1/graph/invoke', [bearer, 'Content-Length: 4', 'Content-Length: 5'])}{}  `],
    ['a length that is no number', `${head('POST', '/v1/graph/invoke', [bearer, 'Content-Length: 4x'])}{}  `],
    ['a folded header', head('GET', '/v1/threads', [bearer, 'X-Long: a\r\n b'])],
    ['a bare line feed', `GET /v1/threads HTTP/1.1\nHost: 127.0.0.1\n${bearer}\n\n`],
    ['a space before the colon', head('GET', '/v1/threads', [bearer.replace(':', ' :')])],
    ['NUL in a header', head('GET', '/v1/threads', [bearer, 'X-Nul: a\u0000b'])],
    ['an unknown transfer coding', `${head('POST', '/v1/graph/invoke', [bearer, 'Transfer-Encoding: xchunked'])}{}`],
  ])('%s is not answered as one request', async (_what, text) => {
    const { status, text: answer } = await sendRaw(server.port, text);
    expect([0, 400]).toContain(status);
    expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test('a header of 1 MB is refused', async () => {
    const { status } = await sendRaw(
      server.port,
      head('GET', '/v1/threads', [`Authorization: Bearer ${'a'.repeat(1 << 20)}`]),
    );
    expect([0, 431]).toContain(status);
  });

  test('what cannot be read is answered in the same form as any other error', async () => {
    const { text } = await sendRaw(server.port, head('GET', '/v1/threads', [bearer.replace(':', ' :')]));
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
    expect(body).toMatchObject({
      code: 'BAD_REQUEST',
      error: { code: 'BAD_REQUEST' },
      metadata: { message: expect.any(String) },
    });
  });
});

describe('a server with room for ten megabytes', () => {
  const roomy = serve({ agent: exampleGraph, auth: 'jwt' });

  test('a million members', async () => {
    const members = Array.from({ length: 1_000_000 }, (_, index) => `"${index.toString(36)}":1`).join(',');
    const answer = await fetch(`${roomy.url}/v1/graph/invoke`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${roomy.tokenFor('alice')}`, 'Content-Type': 'application/json' },
      body: `{${members}}`,
    });
    expect([400, 413]).toContain(answer.status);
    expect((await send(`${roomy.url}/health`)).status).toBe(200);
  });
});

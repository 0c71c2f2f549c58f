import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/*
 * Security bar 57: bytes that one reader takes for one request and another for two. What hides inside would start the thread
 * `smuggled`; whether it did is asked after each attack.
 */

const maxBytes = 65_536;
const server = serve({ agent: exampleGraph, auth: 'jwt' }, { env: { MAX_REQUEST_SIZE: String(maxBytes) } });
const token = server.tokenFor('alice');
const bearer = `Authorization: Bearer ${token}`;
const json = 'Content-Type: application/json';

afterEach(async () => {
  expect((await send(`${server.url}/v1/threads/smuggled`, { token })).status).toBe(404);
  const twin = await sendRaw(server.port, post([bearer, json, `Content-Length: ${valid.length}`], valid));
  expect(twin.status, 'the positive twin after the attack').toBe(200);
});

const valid = JSON.stringify(say('Hello'));
const post = (lines: readonly string[], body: string) => head('POST', '/v1/graph/invoke', lines) + body;

const smuggledBody = JSON.stringify(say('Hello', 'smuggled'));
const smuggled = post([bearer, json, `Content-Length: ${smuggledBody.length}`], smuggledBody);
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/**
 * The status of everything that comes back until the server ends the connection. Looking at the first answer alone would
 * miss the one to what was smuggled in behind it.
 */
function answersTo(text: string): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text, 'latin1'));
    const finish = () => {
      socket.destroy();
      resolve([...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)));
    };
    socket.setTimeout(8_000, () => reject(new Error(`the connection stays open after:\n${received}`)));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('close', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? finish() : reject(error)));
  });
}

describe('one request or two', () => {
  test.each([
    ['length before chunks', [`Content-Length: ${valid.length}`, 'Transfer-Encoding: chunked'], chunked(valid)],
    ['chunks before length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${smuggled.length}`], smuggled],
    ['the same length twice', [`Content-Length: ${valid.length}`, `Content-Length: ${valid.length}`], valid],
    ['two lengths in one', [`Content-Length: ${valid.length}, ${valid.length}`], valid],
    ['a length with a sign', [`Content-Length: +${valid.length}`], valid],
    ['a length below zero', ['Content-Length: -1'], valid],
    ['a length in hexadecimal', ['Content-Length: 0x10'], valid],
    ['a length of 2^64 and a bit', ['Content-Length: 18446744073709551620'], valid],
    ['a length without a number', ['Content-Length: '], valid],
    ['chunks, and something after', ['Transfer-Encoding: chunked, identity'], chunked(valid)],
    ['something else than chunks', ['Transfer-Encoding: identity'], valid],
    ['chunks with a prefix', ['Transfer-Encoding: xchunked'], chunked(valid)],
    ['a space before the colon', ['Transfer-Encoding : chunked'], chunked(valid)],
    ['a vertical tab before chunked', ['Transfer-Encoding: \u000bchunked'], chunked(valid)],
    ['a folded coding', ['Transfer-Encoding:\r\n chunked'], chunked(valid)],
    ['chunks named twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunked(valid)],
    ['a chunk size with 0x', ['Transfer-Encoding: chunked'], `0x${chunked(valid)}`],
    ['a chunk size below zero', ['Transfer-Encoding: chunked'], `-1\r\n${valid}\r\n0\r\n\r\n`],
    ['a chunk size beyond any', ['Transfer-Encoding: chunked'], `fffffffffffffffff\r\n${valid}\r\n0\r\n\r\n`],
    ['a chunk longer than its size', ['Transfer-Encoding: chunked'], `1\r\n${valid}\r\n0\r\n\r\n`],
    ['a chunk extension with a bare line feed', ['Transfer-Encoding: chunked'], `2;a\nx\r\n{}\r\n0\r\n\r\n`],
    ['a bare carriage return in a header', ['X-One: a\rX-Two: b', `Content-Length: ${valid.length}`], valid],
    ['a bare line feed in a header', [`X-One: a\n${bearer}`, `Content-Length: ${valid.length}`], valid],
    ['NUL in a header', ['X-One: a\u0000b', `Content-Length: ${valid.length}`], valid],
    ['a header without a colon', ['X-One', `Content-Length: ${valid.length}`], valid],
    ['a header without a name', [': x', `Content-Length: ${valid.length}`], valid],
    ['a folded header', ['X-One: a\r\n\tb', `Content-Length: ${valid.length}`], valid],
  ])('%s is refused, and the connection with it', async (_what, lines, body) => {
    const answers = await answersTo(post([bearer, json, ...lines], body));
    expect(answers.length).toBeLessThanOrEqual(1);
    expect([undefined, 400]).toContain(answers[0]);
  });

  test.each([
    ['no Host', `GET /v1/threads HTTP/1.1\r\n${bearer}\r\n\r\n`],
    ['a tab for a space', `GET\t/v1/threads HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`],
    ['a space in the target', `GET /v1/threads x HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`],
    ['a version that is none', `GET /v1/threads HTTP/9.9\r\nHost: x\r\n${bearer}\r\n\r\n`],
    ['a method in lower case', `get /v1/threads HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`],
    ['a method that is none', `STEAL /v1/threads HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`],
    ['a space before the first header', `GET /v1/threads HTTP/1.1\r\n Host: x\r\n${bearer}\r\n\r\n`],
    ['something else than HTTP', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n'],
  ])('a request line with %s is refused', async (_what, text) => {
    const answers = await answersTo(text);
    expect(answers.length).toBeLessThanOrEqual(1);
    expect([undefined, 400]).toContain(answers[0]);
  });

  // RFC 9112 §3 lets a server read these; who does not say who they are is nobody all the same.
  test.each([
    ['two spaces', 'GET  /v1/threads HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['no version', 'GET /v1/threads\r\n\r\n'],
    ['an older version', 'GET /v1/threads HTTP/1.0\r\n\r\n'],
  ])('a request line with %s needs a credential', async (_what, text) => {
    expect(await answersTo(text)).toEqual([401]);
  });
});

describe('a body that was not read', () => {
  test('the positive twin: two requests, one after the other, are two', async () => {
    const first = post([bearer, json, 'Connection: keep-alive', `Content-Length: ${valid.length}`], valid);
    const second = head('GET', '/ping', ['Connection: close']);
    expect(await answersTo(first + second)).toEqual([200, 200]);
  });

  test.each([
    ['nobody', [], 401],
    ['somebody, at an address that is not there', [bearer], 404],
    ['somebody, with two credentials', [bearer, bearer], 400],
    ['somebody, in another content type', [bearer, 'Content-Type: text/plain'], 415],
  ])('of %s is not the next request', async (_who, lines, expected) => {
    const target = expected === 404 ? '/nowhere' : '/v1/graph/invoke';
    const text = head('POST', target, [...lines, `Content-Length: ${smuggled.length}`]) + smuggled;
    const answers = await answersTo(text + head('GET', '/ping', ['Connection: close']));
    // A body that was read leaves the connection in order; then the last of the three is answered.
    expect(answers).toEqual(expected === 415 ? [415, 200] : [expected]);
  });

  test('that is too large is not read on as requests', async () => {
    const filler = ' '.repeat(maxBytes);
    const byLength = post([bearer, json, `Content-Length: ${maxBytes + smuggled.length}`], filler + smuggled);
    expect(await answersTo(byLength)).toEqual([413]);
    const inChunks = `${maxBytes.toString(16)}\r\n${filler}\r\n${chunked(smuggled)}`;
    expect(await answersTo(post([bearer, json, 'Transfer-Encoding: chunked'], inChunks))).toEqual([413]);
  });

  test('and that is announced too large is refused before it comes', async () => {
    const { status, text } = await sendRaw(server.port, post([bearer, json, 'Content-Length: 10000000000'], ''));
    expect(status).toBe(413);
    expect(text).toMatch(/^connection: close\r$/im);
    const anonymous = await sendRaw(server.port, post([json, 'Content-Length: 10000000000'], ''));
    expect(anonymous.status).toBe(401);
  });
});

describe('a credential where none belongs', () => {
  test.each([
    [
      'a trailer',
      post(
        [json, 'Transfer-Encoding: chunked', 'Trailer: Authorization'],
        chunked(valid).replace(/\r\n$/, `${bearer}\r\n\r\n`),
      ),
      401,
    ],
    ['the body', post([json, `Content-Length: ${valid.length}`], valid), 401],
    [
      'a cookie',
      head('GET', '/v1/threads', [`Cookie: Authorization=Bearer ${token}; token=${token}; access_token=${token}`]),
      401,
    ],
    [
      'another header',
      head('GET', '/v1/threads', [`X-Authorization: Bearer ${token}`, `Proxy-Authorization: Bearer ${token}`]),
      401,
    ],
    ['a header with an underscore', head('GET', '/v1/threads', [`HTTP_AUTHORIZATION: Bearer ${token}`]), 401],
    ['the user part of the target', head('GET', `http://${token}@127.0.0.1/v1/threads`), 401],
    ['the query', head('GET', `/v1/threads?Authorization=Bearer%20${token}`), 401],
    ['the query, as RFC 6750 had it', head('GET', `/v1/threads?access_token=${token}`), 401],
    ['the query, beside the header', head('GET', `/v1/threads?access_token=${token}`, [bearer]), 400],
    ['the query of the header’s own, by another name', head('GET', `/v1/threads?api_key=${token}`, [bearer]), 400],
    [
      'the header, named in Connection as to be dropped',
      head('GET', '/v1/threads', [bearer, 'Connection: authorization, close']),
      200,
    ],
  ])('%s', async (_where, text, expected) => {
    const loggedBefore = server.output().length;
    const { status, text: received } = await sendRaw(server.port, text);
    expect(status).toBe(expected);
    expect(received.includes(token), 'the answer repeats the credential').toBe(false);
    expect(server.output().slice(loggedBefore).includes(token), 'the log repeats the credential').toBe(false);
  });

  test.each([
    ['no Content-Type', [], valid, 415],
    ['two Content-Types', [json, json], valid, 400],
    ['an unknown parameter', ['Content-Type: application/json; profile=x'], valid, 415],
    ['a type that begins like it', ['Content-Type: application/jsonp'], valid, 415],
    ['two types in one', ['Content-Type: application/json, text/plain'], valid, 415],
    ['multipart', ['Content-Type: multipart/form-data; boundary=x'], valid, 415],
    ['gzip in capitals', [json, 'Content-Encoding: GZIP'], valid, 415],
    ['two codings', [json, 'Content-Encoding: identity, gzip'], valid, 415],
    [
      'the positive twin: in capitals, with its charset',
      ['Content-Type: Application/JSON; Charset="UTF-8"'],
      valid,
      200,
    ],
    ['the positive twin: identity', [json, 'Content-Encoding: identity'], valid, 200],
  ])('a body with %s: %i', async (_what, lines, body, expected) => {
    const text = (credential: readonly string[]) =>
      post([...credential, ...lines, `Content-Length: ${body.length}`], body);
    expect((await sendRaw(server.port, text([bearer]))).status).toBe(expected);
    expect((await sendRaw(server.port, text([]))).status).toBe(expected === 400 ? 400 : 401);
  });
});

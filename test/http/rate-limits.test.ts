import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseList } from 'structured-headers';
import { afterAll, describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { type Answer, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { bearer, isError, openSocket, sayFrame } from '../harness/sockets.js';
import { inSeconds } from '../harness/tokens.js';

/* Security bar 45, 46, 49: who is limited, and what they are told. */

/** So slow that none passes again while the tests run. */
const rateLimit = {
  ...{ requests: 10, window: 86_400, address: { requests_per_minute: 1, burst: 80 } },
  routes: { 'graph:invoke': { requests_per_minute: 1, burst: 2 }, readOpenApi: { requests_per_minute: 1, burst: 3 } },
};
const pages = 'https://app.example.com';

/** Asked before anybody else, and has nothing to say: so often was work done for a credential. */
const counting = `
import { appendFileSync } from 'node:fs';
export class Counts {
  authenticate() {
    appendFileSync(process.env.WORK_FILE, '.');
    return null;
  }
}`;
const work = join(mkdtempSync(join(tmpdir(), 'agentflow-work-')), 'done.txt');
const workDone = () => readFileSync(work, 'utf8').length;
writeFileSync(work, '');

const server = serve(
  {
    ...{
      agent: exampleGraph,
      auth: ['./counts.ts:Counts', 'jwt'],
      rate_limit: { ...rateLimit, exclude_paths: ['/v1/graph'] },
    },
    ...{ trusted_proxies: ['127.0.0.1'], cors: { origins: [pages] } },
  },
  { env: { DOCS_PATH: '/docs', WORK_FILE: work }, files: { 'counts.ts': counting } },
);

afterAll(() => rmSync(dirname(work), { recursive: true }));

let people = 0;
/** Somebody whom nobody has heard of, at an address of their own. */
function stranger() {
  people += 1;
  const subject = `user-${people}`;
  const address = `198.51.${people >> 8}.${people & 255}`;
  const headers = { 'X-Forwarded-For': address };
  return { subject, address, headers, token: server.tokenFor(subject) };
}

const me = (token: string | undefined, headers: Readonly<Record<string, string>>) =>
  send(`${server.url}/v1/auth/me`, { headers, ...(token !== undefined && { token }) });

/** How many of each status there are. */
function tally(answers: readonly Answer[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const times = async (count: number, ask: (index: number) => Promise<Answer>) =>
  tally(await Promise.all(Array.from({ length: count }, (_, index) => ask(index))));

/** As an independent parser of RFC 9651 reads it. */
function items(answer: Answer, name: string) {
  return parseList(answer.headers.get(name) ?? '').map(([item, parameters]) => ({
    name: item,
    ...Object.fromEntries(parameters),
  }));
}

describe('who is limited', () => {
  test('a credential and its owner: exactly as many as there may be at once', async () => {
    const { token, headers } = stranger();
    expect(await times(30, () => me(token, headers))).toEqual({ 200: 10, 429: 20 });
    // Its twin: somebody else.
    const other = stranger();
    expect(await times(10, () => me(other.token, other.headers))).toEqual({ 200: 10 });
  });

  test('an account, with however many credentials and from wherever', async () => {
    const { subject } = stranger();
    const tokens = Array.from({ length: 10 }, (_, index) => server.tokenFor(subject, { jti: `token-${index}` }));
    const ask = (index: number) => me(tokens[index % 10], { 'X-Forwarded-For': `203.0.113.${index}` });
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => ask(index)));
    expect(tally(answers)).toEqual({ 200: 10, 429: 20 });
    const violated = answers.find(({ status }) => status === 429)?.body['violated-policies'];
    expect(violated).toEqual(['account']);
  });

  test('not whoever ends what they have: a thief who asks for everything does not keep them from it', async () => {
    const { subject, headers } = stranger();
    const token = server.tokenFor(subject, { jti: `stolen-${subject}` });
    expect(await times(12, () => me(token, headers))).toEqual({ 200: 10, 429: 2 });
    const leave = () => send(`${server.url}/v1/auth/logout`, { method: 'POST', token, headers });
    const left = await leave();
    expect([left.status, left.body]).toEqual([200, { ended: 1 }]);
    expect((await leave()).status).toBe(401);
    // It counts against the address.
    const noise = stranger();
    expect(await times(100, () => me(undefined, noise.headers))).toEqual({ 401: 80, 429: 20 });
    const refused = await send(`${server.url}/v1/auth/logout`, { method: 'POST', ...noise });
    expect([refused.status, refused.body['violated-policies']]).toEqual([429, ['address']]);
  });

  test('a route, beside all the others', async () => {
    const { token, headers } = stranger();
    const invoke = () => send(`${server.url}/v1/graph/invoke`, { token, headers, body: say('hello') });
    const answers = await Promise.all(Array.from({ length: 5 }, invoke));
    expect(tally(answers)).toEqual({ 200: 2, 429: 3 });
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body['violated-policies']).toEqual(['graph:invoke']);
    expect(await times(3, () => me(token, headers))).toEqual({ 200: 3 });
  });

  test('a public route, by the address', async () => {
    const ask = (headers: Readonly<Record<string, string>>) => send(`${server.url}/openapi.json`, { headers });
    const { headers, token } = stranger();
    // It is not public in production, so that what counts is whose it is.
    expect(await times(5, () => send(`${server.url}/openapi.json`, { headers, token }))).toEqual({ 200: 3, 429: 2 });
    expect((await ask(stranger().headers)).status).toBe(401);
  });

  test('an address, with however many credentials, good or none', async () => {
    const { headers } = stranger();
    const ask = (index: number) => me(index % 2 === 0 ? stranger().token : undefined, headers);
    const counted = await times(120, ask);
    expect((counted[200] ?? 0) + (counted[401] ?? 0)).toBe(80);
    expect(counted[429]).toBe(40);
  });

  test('what cannot even be read', async () => {
    const { headers } = stranger();
    const ask = () => me(undefined, { ...headers, Authorization: 'Bearer a, Bearer b' });
    expect(await times(100, ask)).toEqual({ 400: 80, 429: 20 });
  });

  test('not a load balancer that asks whether the server lives, nor what is excluded', async () => {
    const { headers, token } = stranger();
    for (const path of ['/ping', '/health', '/ready']) {
      expect(await times(100, () => send(`${server.url}${path}`, { headers }))).toEqual({ 200: 100 });
    }
    expect(await times(20, () => send(`${server.url}/v1/graph`, { headers, token }))).toEqual({ 200: 20 });
    expect(await times(20, () => me(token, headers))).toEqual({ 200: 10, 429: 10 });
  });

  test('not what browsers ask by themselves', async () => {
    const { headers, token } = stranger();
    const preflight = (origin: string) =>
      send(`${server.url}/v1/auth/me`, {
        method: 'OPTIONS',
        headers: { ...headers, Origin: origin, 'Access-Control-Request-Method': 'GET' },
      });
    expect(await times(100, () => preflight(pages))).toEqual({ 204: 100 });
    expect(await times(100, () => preflight('https://evil.example'))).toEqual({ 403: 100 });
    expect(await times(20, () => me(token, headers))).toEqual({ 200: 10, 429: 10 });
    // What only looks like it is asked as often as anything else.
    const another = stranger().headers;
    const options = () => send(`${server.url}/v1/auth/me`, { method: 'OPTIONS', headers: another });
    expect(await times(100, options)).toEqual({ 401: 80, 429: 20 });
  });
});

describe('whose address it is', () => {
  test('is not for the client to say', async () => {
    const { address } = stranger();
    const spoofed = (index: number) => ({
      'X-Forwarded-For': `192.0.2.${index}, 10.9.8.${index}, ${address}`,
      'X-Real-IP': `192.0.2.${index}`,
      Forwarded: `for=192.0.2.${index}`,
      'CF-Connecting-IP': `192.0.2.${index}`,
      'True-Client-IP': `192.0.2.${index}`,
    });
    expect(await times(100, (index) => me(undefined, spoofed(index)))).toEqual({ 401: 80, 429: 20 });
    // Its twin: what the proxy itself says.
    const others = (index: number) => ({ 'X-Forwarded-For': `${address}, 192.0.2.${index}` });
    expect(await times(100, (index) => me(undefined, others(index)))).toEqual({ 401: 100 });
  });

  test('is a whole network of IPv6, and the same however it is written', async () => {
    const inside = (index: number) => ({ 'X-Forwarded-For': `2001:db8:0:7:${index.toString(16)}::${index}` });
    expect(await times(100, (index) => me(undefined, inside(index)))).toEqual({ 401: 80, 429: 20 });
    const outside = (index: number) => ({ 'X-Forwarded-For': `2001:db8:1:${index.toString(16)}::1` });
    expect(await times(100, (index) => me(undefined, outside(index)))).toEqual({ 401: 100 });
    const { address } = stranger();
    const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
    const hex = ((c << 8) | d).toString(16);
    const forms = [
      address,
      `::ffff:${address}`,
      `[::ffff:${address}]:443`,
      `::FFFF:${((a << 8) | b).toString(16)}:${hex}`,
    ];
    const form = (index: number) => ({ 'X-Forwarded-For': forms[index % forms.length] ?? '' });
    expect(await times(100, (index) => me(undefined, form(index)))).toEqual({ 401: 80, 429: 20 });
  });
});

describe('bad credentials', () => {
  const bad = (index: number) => `${server.tokenFor('nobody').slice(0, -20)}${String(index).padStart(20, 'A')}`;

  test('are refused before they are looked at, and do not shut out who is known there', async () => {
    const { token, headers } = stranger();
    expect((await me(token, headers)).status).toBe(200);
    const refused: Answer[] = [];
    const before = workDone();
    for (let index = 0; index < 60; index += 1) refused.push(await me(bad(index), headers));
    expect(tally(refused)).toEqual({ 401: 50, 429: 10 });
    expect(workDone() - before).toBe(50);
    expect(refused.at(-1)?.body['violated-policies']).toEqual(['bad-credentials']);
    expect((await me(token, headers)).status).toBe(200);
    // The same guess at another address is asked about.
    expect((await me(bad(1000), stranger().headers)).status).toBe(401);
  });

  test('of which a thousand come at once, cost as much work as there may be', async () => {
    const { headers } = stranger();
    const before = workDone();
    const counted = await times(1000, (index) => me(bad(index), headers));
    expect(counted[401]).toBeLessThanOrEqual(80);
    expect((counted[401] ?? 0) + (counted[429] ?? 0)).toBe(1000);
    expect(workDone() - before).toBe(counted[401]);
    expect((await me(stranger().token, stranger().headers)).status).toBe(200);
  });

  test('of one kind, again and again, are one credential', async () => {
    const { headers } = stranger();
    // In the next second, another would be made.
    const same = bad(7777);
    expect(await times(30, () => me(same, headers))).toEqual({ 401: 10, 429: 20 });
  });

  test('are not those that were good, nor none at all', async () => {
    const { headers, subject } = stranger();
    const expired = (index: number) => server.tokenFor(subject, { exp: inSeconds(-3600), jti: String(index) });
    const answers: Answer[] = [];
    for (let index = 0; index < 30; index += 1) {
      answers.push(await me(expired(index), headers));
      answers.push(await me(undefined, headers));
    }
    expect(tally(answers)).toEqual({ 401: 60 });
    expect((await me(stranger().token, headers)).status).toBe(200);
  });
});

describe('on a socket', () => {
  test('a run is a request, and the socket outlives its refusal', async () => {
    const { token, headers } = stranger();
    const { headers: proof, ...rest } = bearer(token);
    const socket = await openSocket(server.url, { ...rest, headers: { ...proof, ...headers } });
    // The handshake was the first of ten.
    for (let index = 0; index < 9; index += 1) await socket.run(sayFrame(`number ${index}`));
    const from = socket.frames.length;
    socket.send(sayFrame('one too many'));
    const refused = await socket.find(isError, from);
    expect(JSON.stringify(refused)).toContain('RATE_LIMIT_EXCEEDED');
    expect((await me(token, headers)).status).toBe(429);
    expect((await socket.close()).code).not.toBe(1013);
  });

  test('other credentials are not tried out as often as anybody likes', async () => {
    const { token, headers } = stranger();
    const { headers: proof, ...rest } = bearer(token);
    const open = () => openSocket(server.url, { ...rest, headers: { ...proof, ...headers } });
    const codes: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const socket = await open();
      for (let index = 0; index < 12; index += 1) {
        const from = socket.frames.length;
        socket.send({ type: 'authenticate', token: `${server.tokenFor('nobody', { jti: `${round}-${index}` })}A` });
        codes.push((await socket.find(isError, from)).data.code);
      }
      await socket.close();
    }
    expect(codes.filter((code) => code === 'RATE_LIMIT_EXCEEDED').length).toBeGreaterThanOrEqual(72 - 50);
    expect(codes.filter((code) => code === 'AUTH_REQUIRED').length).toBeLessThanOrEqual(50);
    expect(codes).toContain('AUTH_REQUIRED');
  });
});

describe('what a caller is told', () => {
  test('on what passes, and on what does not', async () => {
    const { token, headers, address, subject } = stranger();
    const first = await me(token, headers);
    expect(items(first, 'RateLimit-Policy')).toEqual([
      { name: 'credential', q: 10, w: 86_400 },
      { name: 'account', q: 10, w: 86_400 },
    ]);
    expect(items(first, 'RateLimit')).toEqual([
      { name: 'credential', r: 9, t: 8640 },
      { name: 'account', r: 9, t: 8640 },
    ]);
    expect(first.headers.get('x-ratelimit-limit')).toBe('10');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('9');
    expect(first.headers.get('x-ratelimit-reset-after')).toBe('8640');
    expect(Number(first.headers.get('x-ratelimit-reset'))).toBeGreaterThan(inSeconds(8000));
    expect(first.headers.has('retry-after')).toBe(false);
    await times(9, () => me(token, headers));
    const refused = await me(token, headers);
    expect(refused.status).toBe(429);
    expect(items(refused, 'RateLimit-Policy')).toEqual([{ name: 'credential', q: 10, w: 86_400 }]);
    expect(items(refused, 'RateLimit')).toMatchObject([{ name: 'credential', r: 0 }]);
    const wait = Number(refused.headers.get('retry-after'));
    expect(Number.isSafeInteger(wait) && wait > 8000 && wait <= 8640).toBe(true);
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(refused.body).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      status: 429,
      code: 'RATE_LIMIT_EXCEEDED',
      'violated-policies': ['credential'],
      error: { code: 'RATE_LIMIT_EXCEEDED', limit: 10, window_seconds: 86_400, retry_after_seconds: wait },
      metadata: { request_id: refused.headers.get('x-request-id') },
    });
    // Whose limit it is, the caller knows: nothing names anybody.
    const told = JSON.stringify([...refused.headers, refused.body]);
    for (const word of [address, subject, token, 'pk=']) expect(told).not.toContain(word);
  });

  test('so that the page which asked can read it', async () => {
    const { token, headers } = stranger();
    const asked = { ...headers, Origin: pages };
    await times(10, () => me(token, asked));
    const refused = await me(token, asked);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('access-control-allow-origin')).toBe(pages);
    const exposed = refused.headers.get('access-control-expose-headers')?.toLowerCase().split(',') ?? [];
    for (const name of ['retry-after', 'ratelimit', 'ratelimit-policy', 'x-ratelimit-remaining', 'x-request-id']) {
      expect(exposed).toContain(name);
      expect(refused.headers.has(name)).toBe(true);
    }
    const stranger2 = await me(token, { ...headers, Origin: 'https://evil.example' });
    expect([stranger2.status, stranger2.headers.has('access-control-allow-origin')]).toEqual([429, false]);
  });

  test('as a problem, to whoever asks for one', async () => {
    const { token, headers } = stranger();
    await times(10, () => me(token, headers));
    const refused = await me(token, { ...headers, Accept: 'application/problem+json' });
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(refused.body['violated-policies']).toEqual(['credential']);
  });
});

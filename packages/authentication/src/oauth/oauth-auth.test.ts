import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type BaseAuth, ConfigurationError, createPrincipal, isAuthenticationResult, silentLog } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { type Answer, answering, verifyEndpoint } from '../../../../test/harness/verify-endpoint.js';
import { createOAuthAuth, oauthAuthOptionsSchema } from './index.js';
import { maxRememberedTokens } from './limits.js';
import type { OAuthSurroundings } from './oauth-surroundings.js';
import type { Verdict } from './verdict.js';
import { createVerifier } from './verify-token.js';

const endpoint = verifyEndpoint();
const start = Date.parse('2026-01-01T00:00:00Z');
const alice = { user_id: 'alice', role: 'user', email: 'alice@example.com' };

/** A clock that is moved by hand. */
function clockAt(milliseconds: number) {
  const clock = { time: milliseconds, now: () => clock.time };
  return clock;
}

function surroundingsOf(more: Partial<OAuthSurroundings> = {}): OAuthSurroundings {
  return {
    ...{ directory: '.', path: ['auth'], environment: {}, isLiteral: () => false, strict: true },
    clock: clockAt(start),
    warn: () => undefined,
    ...{ log: silentLog, isTrial: false },
    ...more,
  };
}

function make(options: object = {}, clock = clockAt(start)): BaseAuth {
  const parsed = oauthAuthOptionsSchema.parse({ method: 'oauth', verify_url: endpoint.url, ...options });
  return createOAuthAuth(parsed, surroundingsOf({ clock }));
}

/** What a request with a token comes to: the kind of the answer, or 503 with its reason. */
async function ask(backend: BaseAuth, token: string) {
  const request = {
    ...{ method: 'GET', url: '/', address: '', isSecure: true, requestId: '', transport: 'http' as const },
    headers: new Headers(),
  };
  const context = { log: silentLog, signal: new AbortController().signal };
  try {
    const answer = await backend.authenticate(request, context, { scheme: 'bearer', credentials: token });
    if (!isAuthenticationResult(answer)) throw new Error('not an answer of ours');
    return answer;
  } catch (error) {
    return { kind: 'unavailable' as const, reason: inspect(error) };
  }
}

let count = 0;
/** A token that no other test has used. */
function tokenFor(answer: Answer): string {
  count += 1;
  const token = `token-${count}-5f2c81d9e0`;
  endpoint.on(token, answer);
  return token;
}

describe('what is sent', () => {
  test('the token in JSON, under its name, and the fields that the options add', async () => {
    const token = tokenFor(answering(alice));
    const backend = make({ token_field: 'access_token', headers: { 'X-Client': 'us', Authorization: 'Bearer ours' } });
    expect((await ask(backend, token)).kind).toBe('authenticated');
    const call = endpoint.calls.find((one) => one.token === token);
    expect(call?.body).toBe(JSON.stringify({ access_token: token }));
    expect(call?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-client': 'us',
      authorization: 'Bearer ours',
    });
  });

  test.each([
    ['a quote', 'to"ken,"x":"y'],
    ['a backslash', 'to\\ken'],
  ])('a token with %s stays a text', async (_what, token) => {
    endpoint.on(token, answering(alice));
    expect((await ask(make(), token)).kind).toBe('authenticated');
    expect(endpoint.callsFor(token)).toBe(1);
  });

  test.each([
    ['a space', 'to ken'],
    ['a letter beyond ASCII', 'tokén'],
    ['8193 characters', 'x'.repeat(8193)],
  ])('a token with %s is refused unasked', async (_what, token) => {
    const before = endpoint.calls.length;
    expect((await ask(make(), token)).kind).toBe('rejected');
    expect(endpoint.calls.length).toBe(before);
  });

  test('another scheme, and no token, are for others', async () => {
    const backend = make();
    const request = {
      ...{ method: 'GET', url: '/', address: '', isSecure: true, requestId: '', transport: 'http' as const },
      headers: new Headers(),
    };
    const context = { log: silentLog, signal: new AbortController().signal };
    for (const credential of [null, { scheme: 'basic', credentials: 'x' }, { scheme: 'bearer', credentials: '' }]) {
      expect(await backend.authenticate(request, context, credential)).toMatchObject({ kind: 'not-applicable' });
      expect(backend.reads?.(new Headers(), credential)).toEqual([]);
    }
    expect(backend.reads?.(new Headers(), { scheme: 'bearer', credentials: 'x' })).toEqual(['x']);
  });
});

describe('what the answer means', () => {
  test('without a mapping: whose it is, and nothing else', async () => {
    const answer = { ...alice, scopes: ['*'], roles: ['admin'], tenant: 'acme', exp: start / 1000 + 60, jti: 'j1' };
    expect(await ask(make(), tokenFor(answering(answer)))).toMatchObject({
      principal: {
        ...{ subject: 'alice', roles: [], scopes: undefined, tenant: 'default', claims: {} },
        realm: new URL(endpoint.url).origin,
      },
      evidence: { expiresAt: start + 60_000, credentialId: 'j1' },
    });
  });

  test('mapped fields, by name, by path, and by the first that is there', async () => {
    const fields = {
      subject: ['none', 'user.id'],
      roles: 'user.roles',
      scopes: 'https://example.com/scopes',
      tenant: 'user.org.name',
      claims: { email: 'user.email', missing: 'user.missing' },
      active: 'state.on',
      expires_at: 'user.until',
      token_id: 'id',
    };
    const until = '2026-01-01T01:00:00Z';
    const user = { id: 'bob', roles: 'admin', org: { name: 'acme' }, email: { work: 'b@b' }, until, secret: 1 };
    const answer = { user, 'https://example.com/scopes': 'a:b  c:d', state: { on: true }, id: 't1' };
    expect(await ask(make({ fields, realm: 'corp' }), tokenFor(answering(answer)))).toMatchObject({
      principal: {
        ...{ subject: 'bob', realm: 'corp', tenant: 'acme', roles: ['admin'], scopes: ['a:b', 'c:d'] },
        claims: { email: { work: 'b@b' } },
      },
      evidence: { expiresAt: Date.parse(until), credentialId: 't1' },
    });
  });

  test('what every object inherits is not there', async () => {
    const fields = { claims: { a: '__proto__', b: 'constructor', c: 'user_id.length', email: 'email' } };
    const answer = await ask(make({ fields }), tokenFor(answering(alice)));
    expect('principal' in answer && answer.principal.claims).toEqual({ email: alice.email });
  });

  test('scopes that are mapped and not there are none, not all', async () => {
    const answer = await ask(make({ fields: { scopes: 'scope' } }), tokenFor(answering(alice)));
    expect(answer).toMatchObject({ principal: { scopes: [] } });
  });

  test.each<[string, object, Answer]>([
    ['status 400', {}, answering({}, 400)],
    ['status 401', {}, answering({}, 401)],
    ['status 403', {}, answering('', 403)],
    ['status 404', {}, answering('x', 404, 'text/html')],
    ['active: false', {}, answering({ ...alice, active: false })],
    ['active: false and nothing else', {}, answering({ active: false })],
    ['its own field false', { fields: { active: 'ok' } }, answering({ ...alice, ok: false, active: true })],
    ['ended now', {}, answering({ ...alice, exp: start / 1000 })],
    ['ended long ago', {}, answering({ ...alice, exp: 0 })],
    ['ended, as text', {}, answering({ ...alice, exp: '2025-12-31T23:59:59Z' })],
    ['a status that is configured', { refused_with: [418] }, answering({}, 418)],
    [
      '401 beside our own credential, if it says so',
      { headers: { 'X-Key': 'k' }, refused_with: [401] },
      answering({}, 401),
    ],
  ])('refused: %s', async (_what, options, answer) => {
    expect((await ask(make(options), tokenFor(answer))).kind).toBe('rejected');
    expect((await ask(make(), tokenFor(answering({ ...alice, active: true, exp: start / 1000 + 1 })))).kind).toBe(
      'authenticated',
    );
  });

  const redirect =
    (status: number): Answer =>
    (response) => {
      response.writeHead(status, { Location: endpoint.url });
      response.end();
    };
  const deep = `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`;
  test.each<[string, object, Answer]>([
    ...[201, 204, 206, 300, 402, 409, 418, 429, 500, 502, 503].map((status): [string, object, Answer] => [
      `status ${status}`,
      {},
      answering(status === 204 ? '' : alice, status),
    ]),
    ...[301, 302, 303, 307, 308].map((status): [string, object, Answer] => [
      `a redirect, ${status}`,
      {},
      redirect(status),
    ]),
    ['401 beside our own credential', { headers: { 'X-Key': 'k' } }, answering({}, 401)],
    ['403 beside our own credential', { headers: { 'X-Key': 'k' } }, answering({}, 403)],
    ['a page', {}, answering('<html>', 200, 'text/html')],
    ['JSON under another type', {}, answering(alice, 200, 'text/plain')],
    ['half of JSON', {}, answering('{"user_id":"alice"')],
    ['more than JSON', {}, answering('{"user_id":"alice"}x')],
    ['nothing', {}, answering('')],
    ['a member twice', {}, answering('{"user_id":"mallory","user_id":"alice"}')],
    ['a member twice, spelled in two ways', {}, answering('{"user_id":"alice","\\u0075ser_id":"mallory"}')],
    ['__proto__', {}, answering('{"user_id":"alice","__proto__":{"role":"admin"}}')],
    ['nested too deep', {}, answering(deep)],
    ['null', {}, answering('null')],
    ['true', {}, answering('true')],
    ['a list', {}, answering([alice])],
    ['no subject', {}, answering({ role: 'user' })],
    ['a subject that is a number', {}, answering({ user_id: 5 })],
    ['a subject that is a list', {}, answering({ user_id: ['alice'] })],
    ['a subject that is null', {}, answering({ user_id: null, sub: 'alice' })],
    ['an empty subject', {}, answering({ user_id: '' })],
    ['a subject of 256 characters', {}, answering({ user_id: 'x'.repeat(256) })],
    ['a subject with a line feed', {}, answering({ user_id: 'a\nb' })],
    ['active: "true"', {}, answering({ ...alice, active: 'true' })],
    ['active: "false"', {}, answering({ ...alice, active: 'false' })],
    ['active: 1', {}, answering({ ...alice, active: 1 })],
    ['active: null', {}, answering({ ...alice, active: null })],
    ['no active where it is mapped', { fields: { active: 'active' } }, answering(alice)],
    ['roles that are a number', { fields: { roles: 'role' } }, answering({ ...alice, role: 1 })],
    ['roles with a number among them', { fields: { roles: 'role' } }, answering({ ...alice, role: ['a', 1] })],
    ['scopes that are an object', { fields: { scopes: 'scope' } }, answering({ ...alice, scope: { a: 'b' } })],
    ['no tenant where it is mapped', { fields: { tenant: 'org' } }, answering(alice)],
    ['a tenant that is a number', { fields: { tenant: 'org' } }, answering({ ...alice, org: 1 })],
    ['an end in milliseconds', {}, answering({ ...alice, exp: start + 60_000 })],
    ['an end before 1970', {}, answering({ ...alice, exp: -1 })],
    ['an end beyond numbers', {}, answering('{"user_id":"alice","exp":1e400}')],
    ['an end in words', {}, answering({ ...alice, exp: 'tomorrow' })],
    ['an id that is a number', {}, answering({ ...alice, jti: 5 })],
    ['the inherited constructor', { fields: { subject: 'constructor.name' } }, answering(alice)],
    ['a length of a text', { fields: { subject: 'user_id.length' } }, answering(alice)],
    ['10 MB', {}, answering({ ...alice, more: 'x'.repeat(10_000_000) })],
    ['64 KiB and a byte', {}, answering(JSON.stringify(alice).padEnd(65_537))],
    [
      '10 MB, packed small',
      {},
      (response) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify({ ...alice, more: 'x'.repeat(10_000_000) })));
      },
    ],
    ['a connection that breaks', {}, (response) => void response.socket?.destroy()],
    [
      'a connection that breaks within the answer',
      {},
      (response) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
        response.write('{"user_id":"alice"', () => response.socket?.destroy());
      },
    ],
  ])('unavailable: %s', async (_what, options, answer) => {
    const token = tokenFor(answer);
    const backend = make(options);
    const first = await ask(backend, token);
    expect(first.kind).toBe('unavailable');
    expect(JSON.stringify(first)).not.toContain(token);
    // It is not remembered, and the next answer counts. No redirect was followed.
    expect(endpoint.callsFor(token)).toBe(1);
    const all = { ...alice, active: true, org: 'acme', constructor: { name: 'x' } };
    endpoint.on(
      token,
      answering(
        options && 'fields' in options && JSON.stringify(options).includes('length')
          ? { user_id: { length: 'x' } }
          : all,
      ),
    );
    expect((await ask(backend, token)).kind).toBe('authenticated');
    expect(endpoint.callsFor(token)).toBe(2);
  });

  test('64 KiB to the byte are read', async () => {
    expect((await ask(make(), tokenFor(answering(JSON.stringify(alice).padEnd(65_536))))).kind).toBe('authenticated');
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/token-introspection+json',
  ])('JSON is %s', async (type) => {
    expect((await ask(make(), tokenFor(answering(alice, 200, type)))).kind).toBe('authenticated');
  });
});

describe('the token goes no further', () => {
  test('a claim that holds it is dropped', async () => {
    const echo: Answer = (response, { token }) =>
      answering({ ...alice, whole: token, within: { header: [`Bearer ${token}`] } })(response, {
        token,
        body: '',
        headers: {},
      });
    const backend = make({ fields: { claims: { whole: 'whole', within: 'within', email: 'email' } } });
    expect(await ask(backend, tokenFor(echo))).toMatchObject({ principal: { claims: { email: alice.email } } });
    const answer = await ask(backend, tokenFor(echo));
    expect(Object.keys('principal' in answer ? answer.principal.claims : {})).toEqual(['email']);
  });

  test.each(['user_id', 'role', 'scope', 'jti', 'org'])('as %s it is no name', async (field) => {
    const fields = { roles: 'role', scopes: 'scope', tenant: 'org' };
    const echo: Answer = (response, call) =>
      answering({ ...alice, org: 'acme', [field]: `x:${call.token}` })(response, call);
    const token = tokenFor(echo);
    const answer = await ask(make({ fields }), token);
    expect(answer.kind).toBe('unavailable');
    expect(JSON.stringify(answer)).not.toContain(token);
    expect((await ask(make({ fields }), tokenFor(answering({ ...alice, org: 'acme' })))).kind).toBe('authenticated');
  });

  test('it is not kept, nor shown by the backend', async () => {
    const backend = make();
    const token = tokenFor(answering(alice));
    await ask(backend, token);
    expect(inspect(backend, { depth: 9, showHidden: true })).not.toContain(token);
  });
});

describe('the memory', () => {
  test('one token is asked about once a minute', async () => {
    const clock = clockAt(start);
    const backend = make({}, clock);
    const token = tokenFor(answering(alice));
    for (const [time, calls] of [
      [0, 1],
      [59_999, 1],
      [60_000, 2],
      [119_999, 2],
      [120_000, 3],
    ] as const) {
      clock.time = start + time;
      expect([time, (await ask(backend, token)).kind, endpoint.callsFor(token)]).toEqual([
        time,
        'authenticated',
        calls,
      ]);
    }
  });

  test('never beyond its own end', async () => {
    const clock = clockAt(start);
    const backend = make({}, clock);
    const token = tokenFor(answering({ ...alice, exp: start / 1000 + 10 }));
    expect((await ask(backend, token)).kind).toBe('authenticated');
    clock.time = start + 9_999;
    expect([(await ask(backend, token)).kind, endpoint.callsFor(token)]).toEqual(['authenticated', 1]);
    clock.time = start + 10_000;
    expect([(await ask(backend, token)).kind, endpoint.callsFor(token)]).toEqual(['rejected', 2]);
  });

  test('a refusal for five seconds', async () => {
    const clock = clockAt(start);
    const backend = make({}, clock);
    const token = tokenFor(answering({}, 401));
    expect((await ask(backend, token)).kind).toBe('rejected');
    endpoint.on(token, answering(alice));
    clock.time = start + 4_999;
    expect([(await ask(backend, token)).kind, endpoint.callsFor(token)]).toEqual(['rejected', 1]);
    clock.time = start + 5_000;
    expect([(await ask(backend, token)).kind, endpoint.callsFor(token)]).toEqual(['authenticated', 2]);
  });

  test('none at all, if it is configured away', async () => {
    const backend = make({ cache: 0 });
    const [good, bad] = [tokenFor(answering(alice)), tokenFor(answering({}, 401))];
    for (const calls of [1, 2, 3]) {
      expect([(await ask(backend, good)).kind, endpoint.callsFor(good)]).toEqual(['authenticated', calls]);
      expect([(await ask(backend, bad)).kind, endpoint.callsFor(bad)]).toEqual(['rejected', calls]);
    }
  });

  test('when the endpoint is away, what is remembered holds until its end, and then nothing does', async () => {
    const clock = clockAt(start);
    const backend = make({}, clock);
    const token = tokenFor(answering(alice));
    await ask(backend, token);
    endpoint.on(token, answering({}, 503));
    clock.time = start + 59_999;
    expect((await ask(backend, token)).kind).toBe('authenticated');
    clock.time = start + 60_000;
    expect((await ask(backend, token)).kind).toBe('unavailable');
    endpoint.on(token, answering({ ...alice, active: false }));
    expect((await ask(backend, token)).kind).toBe('rejected');
  });

  test('an endpoint that comes and goes', async () => {
    const backend = make({ cache: 0 });
    const token = tokenFor(answering(alice));
    const kinds: string[] = [];
    for (const answer of [
      answering(alice),
      answering({}, 500),
      answering(alice),
      answering('{'),
      answering({}, 401),
      answering(alice),
    ]) {
      endpoint.on(token, answer);
      kinds.push((await ask(backend, token)).kind);
    }
    expect(kinds).toEqual([
      'authenticated',
      'unavailable',
      'authenticated',
      'unavailable',
      'rejected',
      'authenticated',
    ]);
  });

  test('of one backend is not that of another', async () => {
    const token = tokenFor(answering(alice));
    await ask(make(), token);
    await ask(make(), token);
    expect(endpoint.callsFor(token)).toBe(2);
  });

  test('a flood of bad tokens pushes no good one out', async () => {
    const calls = new Map<string, number>();
    const principal = createPrincipal({ realm: 'test', subject: 'alice' });
    const judge = async (token: string): Promise<Verdict> => {
      calls.set(token, (calls.get(token) ?? 0) + 1);
      return token === 'good' ? { kind: 'good', principal, evidence: {} } : { kind: 'bad', reason: 'unknown' };
    };
    const verify = createVerifier(judge, { cacheMilliseconds: 60_000, maxConnections: 1 }, clockAt(start));
    await verify('good');
    for (let index = 0; index <= maxRememberedTokens; index++) await verify(`bad-${index}`);
    expect([(await verify('good')).kind, calls.get('good')]).toEqual(['good', 1]);
    // Bad ones are forgotten instead: the oldest is asked about again, the newest is not.
    await verify('bad-0');
    await verify(`bad-${maxRememberedTokens}`);
    expect([calls.get('bad-0'), calls.get(`bad-${maxRememberedTokens}`)]).toEqual([2, 1]);
  });
});

describe('many at once', () => {
  /** Holds every answer back until it is let go. */
  function gate(answer: Answer): { readonly answer: Answer; open(): void } {
    const held: (() => void)[] = [];
    let isOpen = false;
    return {
      answer: (response, call) => void (isOpen ? answer(response, call) : held.push(() => answer(response, call))),
      open() {
        isOpen = true;
        for (const let_go of held) let_go();
      },
    };
  }

  test.each<[string, Answer, string]>([
    ['good', answering(alice), 'authenticated'],
    ['bad', answering({}, 401), 'rejected'],
    ['away', answering({}, 500), 'unavailable'],
  ])('a hundred requests with one token are one call: %s', async (_what, answer, expected) => {
    const backend = make();
    const held = gate(answer);
    const token = tokenFor(held.answer);
    const asked = Array.from({ length: 100 }, () => ask(backend, token));
    await endpoint.waitForOpen(1);
    held.open();
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    expect([new Set(kinds), kinds.length, endpoint.callsFor(token)]).toEqual([new Set([expected]), 100, 1]);
  });

  test('a hundred tokens are as many calls as are allowed; the others are told to come back', async () => {
    const backend = make({ max_connections: 7 });
    const held = gate(answering(alice));
    const tokens = Array.from({ length: 100 }, () => tokenFor(held.answer));
    endpoint.takePeak();
    const asked = tokens.map((token) => ask(backend, token));
    await endpoint.waitForOpen(7);
    held.open();
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'authenticated')).toHaveLength(7);
    expect(kinds.filter((kind) => kind === 'unavailable')).toHaveLength(93);
    expect(endpoint.takePeak()).toBe(7);
    // There is room again.
    expect((await ask(backend, tokens[99] ?? '')).kind).toBe('authenticated');
  });

  test('a token that is known needs no room', async () => {
    const backend = make({ max_connections: 1 });
    const known = tokenFor(answering(alice));
    await ask(backend, known);
    const held = gate(answering(alice));
    const waiting = ask(backend, tokenFor(held.answer));
    await endpoint.waitForOpen(1);
    expect((await ask(backend, known)).kind).toBe('authenticated');
    held.open();
    expect((await waiting).kind).toBe('authenticated');
  });

  test('one that hangs ends at its deadline, and its room is free', async () => {
    const backend = make({ deadline: 1, max_connections: 1 });
    const hangs = tokenFor(() => undefined);
    expect(await ask(backend, hangs)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('within 1000 ms'),
    });
    expect((await ask(backend, tokenFor(answering(alice)))).kind).toBe('authenticated');
  });

  test('one that answers a byte at a time ends at the same deadline', async () => {
    let timer: NodeJS.Timeout | undefined;
    const drips: Answer = (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      timer = setInterval(() => response.write(' '), 50);
    };
    expect(await ask(make({ deadline: 1 }), tokenFor(drips))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('within 1000 ms'),
    });
    clearInterval(timer);
  });

  test('the end of the server ends what is in flight', async () => {
    const backend = make({ deadline: 60 });
    const waiting = ask(
      backend,
      tokenFor(() => undefined),
    );
    await endpoint.waitForOpen(1);
    await backend.close();
    expect(await waiting).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('the server ends') });
  });
});

test('an endpoint that is not there is named by what went wrong', async () => {
  // A port that nothing listens on: reserved (RFC 6335).
  const backend = make({ verify_url: 'http://127.0.0.1:1/verify' });
  expect(await ask(backend, 'some-token')).toMatchObject({
    kind: 'unavailable',
    reason: expect.stringMatching(/cannot be asked \(/),
  });
});

describe('where tokens may go', () => {
  const faultsOf = (options: object, more: Partial<OAuthSurroundings> = {}) => {
    try {
      createOAuthAuth(
        oauthAuthOptionsSchema.parse({ method: 'oauth', verify_url: 'https://a.example/v', ...options }),
        surroundingsOf(more),
      );
      return [];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.faults.map(({ path, message }) => `${path.join('.')}: ${message}`);
    }
  };

  test.each<[string, object, RegExp, Partial<OAuthSurroundings>?]>([
    ['no address', { verify_url: 'login' }, /^auth\.verify_url: .* not the address/],
    ['a file', { verify_url: 'file:///etc/passwd' }, /not the address/],
    ['another protocol', { verify_url: 'ftp://a.example/' }, /not the address/],
    [
      'http to another machine',
      { verify_url: 'http://login.example.com/verify' },
      /to login\.example\.com in the clear/,
    ],
    ['http to a name that only looks local', { verify_url: 'http://localhost.example.com/' }, /in the clear/],
    ['http to a private address', { verify_url: 'http://10.0.0.1/verify' }, /in the clear/],
    ['a password', { verify_url: 'https://us:hunter2secret@a.example/' }, /holds a name or password/],
    ['a fragment', { verify_url: 'https://a.example/#x' }, /has a fragment/],
    ['a header with a line feed', { headers: { 'X-A': 'hunter2secret\r\nX-B: c' } }, /"X-A" cannot be sent/],
    ['a header that is no name', { headers: { 'X A': 'b' } }, /"X A" cannot be sent/],
    ['Host', { headers: { Host: 'b.example' } }, /"Host" is not yours to set/],
    ['Content-Length', { headers: { 'content-length': '1' } }, /is not yours to set/],
    [
      'a secret in the file, for strangers',
      { headers: { Authorization: 'hunter2secret' } },
      /^auth\.headers\.Authorization: a secret stands/,
      { isLiteral: () => true },
    ],
  ])('%s is refused', (_what, options, expected, more) => {
    const faults = faultsOf(options, more);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(expected);
    expect(faults[0]).not.toContain('hunter2secret');
  });

  test.each<[string, object, Partial<OAuthSurroundings>?]>([
    ['https', {}],
    ['http to this machine', { verify_url: 'http://localhost:3000/v' }],
    ['http to its address', { verify_url: 'http://[::1]:3000/v' }],
    ['http where it is said to be safe', { verify_url: 'http://10.0.0.1/v', insecure_http: true }],
    ['headers', { headers: { 'X-Tenant': 'a', Authorization: 'Bearer x' } }],
    ['a header that is no secret, in the file', { headers: { 'X-Tenant': 'a' } }, { isLiteral: () => true }],
  ])('%s is accepted', (_what, options, more) => {
    expect(faultsOf(options, more)).toEqual([]);
  });

  test('what is unsafe is said at the start', () => {
    const describeWith = (options: object) => make(options).describe();
    expect(describeWith({ verify_url: 'http://10.0.0.1/v?k=1', insecure_http: true })).toBe(
      '10.0.0.1 is asked about tokens, INSECURE: IN THE CLEAR',
    );
    expect(describeWith({ verify_url: 'https://a.example/v', insecure_http: true })).toBe(
      'a.example is asked about tokens',
    );
  });

  test.each<[string, object]>([
    ['no address', { verify_url: undefined }],
    ['a memory of more than ten minutes', { cache: '11m' }],
    ['a deadline of more than a minute', { deadline: '2m' }],
    ['no connections', { max_connections: 0 }],
    ['half a connection', { max_connections: 1.5 }],
    ['a status that says yes', { refused_with: [200] }],
    ['no statuses', { refused_with: [] }],
    ['an unknown field', { fields: { name: 'x' } }],
    ['a claim that says who it is', { fields: { claims: { role: 'role' } } }],
    ['a claim that is set by the server', { fields: { claims: { _x: 'x' } } }],
    ['an empty realm', { realm: '' }],
  ])('by the schema: %s', (_what, options) => {
    const good = { method: 'oauth', verify_url: 'https://a.example/v' };
    expect(oauthAuthOptionsSchema.safeParse({ ...good, ...options }).success).toBe(false);
    expect(oauthAuthOptionsSchema.safeParse(good).success).toBe(true);
  });
});

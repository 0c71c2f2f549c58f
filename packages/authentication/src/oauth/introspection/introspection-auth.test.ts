import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  answers,
  breaks,
  faultyProvider,
  floods,
  hangs,
  type Misbehaviour,
  redirectsTo,
} from '../../../../../test/harness/faulty-provider.js';
import { oauthBackend } from '../../../../../test/harness/oauth-backend.js';
import { createManualClock } from '../../../../agentflow/src/testing/manual-clock.js';
import { maxRememberedTokens } from '../limits.js';

/* Security bar 22 to 25, at the backend: time is moved by hand, and what the endpoint was asked is counted. */

const provider = faultyProvider();
const start = Date.parse('2026-01-01T00:00:00Z');
const seconds = start / 1000;
const secret = 's%cret+of/the server:1234567890';
const alice = { active: true, sub: 'alice', token_type: 'Bearer', exp: seconds + 3600 };

let count = 0;
function tokenFor(answer: object | Misbehaviour): string {
  count += 1;
  const token = `opaque-${count}-5f2c81d9e0`;
  provider.knows(token, answer);
  return token;
}

function make(options: object = {}, introspection: object = {}) {
  const clock = createManualClock(start);
  const made = oauthBackend(
    {
      introspection: { url: provider.introspectionUrl, client_id: 'us', client_secret: secret, ...introspection },
      ...{ deadline: 3, ...options },
    },
    { clock },
  );
  return { ...made, at: (after: number) => clock.set(start + after) };
}

const askedFor = (token: string) => provider.asked.filter(({ form }) => form.get('token') === token).length;

describe('what is asked', () => {
  test('the token, as a client that proves itself as RFC 6749 has it', async () => {
    const token = tokenFor(alice);
    expect((await make().present(token)).kind).toBe('authenticated');
    const [{ form, headers } = { form: new URLSearchParams(), headers: {} }] = provider.asked;
    expect(Object.fromEntries(form)).toEqual({ token, token_type_hint: 'access_token' });
    const [, basic = ''] = headers.authorization?.split(' ') ?? [];
    const [id, sent] = Buffer.from(basic, 'base64').toString().split(':');
    expect([id, new URLSearchParams(`x=${sent}`).get('x')]).toEqual(['us', secret]);
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('or in the form', async () => {
    await make({}, { send_secret: 'post' }).present(tokenFor(alice));
    const [asked] = provider.asked;
    expect([asked?.form.get('client_id'), asked?.form.get('client_secret')]).toEqual(['us', secret]);
    expect(asked?.headers.authorization).toBeUndefined();
  });

  test('where the metadata of the issuer say, once they are known', async () => {
    const { present } = make({ issuer: provider.issuer }, { url: undefined });
    expect([(await present(tokenFor(alice))).kind, (await present(tokenFor(alice))).kind]).toEqual([
      'authenticated',
      'authenticated',
    ]);
    expect([provider.requestsTo('/.well-known/openid-configuration'), provider.asked.length]).toEqual([1, 2]);
  });

  test('no other origin than the issuer’s', async () => {
    provider.on(
      '/.well-known/openid-configuration',
      answers({ issuer: provider.issuer, introspection_endpoint: 'https://elsewhere.example/introspect' }),
    );
    const { present, logged } = make({ issuer: provider.issuer }, { url: undefined });
    expect((await present(tokenFor(alice))).kind).toBe('unavailable');
    expect(logged[0]).toMatch(/on another origin, .* set "introspection"/);
  });
});

describe('what the answer means', () => {
  test('whose it is, what may be done with it, until when', async () => {
    const answer = {
      ...{ ...alice, scope: 'graph:read graph:invoke', aud: ['us', 'others'], iss: provider.issuer, jti: 'j1' },
      ...{ username: 'alice@example', realm_access: { roles: ['editor'] }, iat: seconds - 10 },
    };
    const options = { issuer: provider.issuer, audience: 'us', claims: { roles: 'realm_access.roles' } };
    expect(await make(options).present(tokenFor(answer))).toMatchObject({
      principal: {
        ...{ realm: provider.issuer, subject: 'alice', roles: ['editor'], scopes: ['graph:read', 'graph:invoke'] },
        claims: { username: 'alice@example' },
      },
      evidence: { expiresAt: (seconds + 3600) * 1000, issuedAt: (seconds - 10) * 1000, credentialId: 'j1' },
    });
  });

  test('without an issuer, subjects are the endpoint’s; for a client its id, if the file says so', async () => {
    const { sub: _, ...nobody } = alice;
    const answer = { ...nobody, client_id: 'robot' };
    expect(await make({ claims: { subject: ['sub', 'client_id'] } }).present(tokenFor(answer))).toMatchObject({
      principal: { realm: new URL(provider.introspectionUrl).origin, subject: 'robot' },
    });
    expect(await make().present(tokenFor(answer))).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('"client_id"'),
    });
  });

  const named = { issuer: 'https://issuer.example', audience: 'us' };
  test.each<[string, object, object]>([
    ['not active', {}, { active: false }],
    ['at its end', {}, { ...alice, exp: seconds }],
    ['past its end', {}, { ...alice, exp: seconds - 1 }],
    ['before its beginning', {}, { ...alice, nbf: seconds + 60 }],
    ['of another issuer', named, { ...alice, aud: 'us', iss: 'https://issuer.example/' }],
    ['for somebody else', named, { ...alice, aud: 'them' }],
    ['for nobody', named, { ...alice, aud: [] }],
    ['without an audience', named, alice],
    ['for somebody, where we have no name', {}, { ...alice, aud: 'them' }],
    ['bound to a key', {}, { ...alice, cnf: { jkt: 'x' } }],
    ['DPoP', {}, { ...alice, token_type: 'DPoP' }],
    ['a refresh token', {}, { ...alice, token_type: undefined }],
    ['nobody’s', {}, { ...alice, sub: undefined }],
  ])('%s: refused', async (_what, options, answer) => {
    const { present } = make(options);
    expect(await present(tokenFor(answer))).toMatchObject({ kind: 'rejected', code: 'AUTH_REQUIRED' });
    const good = { ...alice, ...('audience' in options && { aud: ['us'], iss: 'https://issuer.example' }) };
    expect((await present(tokenFor(good))).kind).toBe('authenticated');
  });

  test.each<[string, object | Misbehaviour]>([
    ['active: "true"', { ...alice, active: 'true' }],
    ['active: "false"', { ...alice, active: 'false' }],
    ['active: 1', { ...alice, active: 1 }],
    ['active: null', { ...alice, active: null }],
    ['active: [true]', { ...alice, active: [true] }],
    ['no active', { ...alice, active: undefined }],
    ['an end in words', { ...alice, exp: 'tomorrow' }],
    ['an end that is a text', { ...alice, exp: String(seconds + 60) }],
    ['a type that is a list', { ...alice, token_type: ['Bearer'] }],
    ['a subject that is a number', { ...alice, sub: 7 }],
    ['a subject in a list', { ...alice, sub: ['alice'] }],
    ['roles that are a number', { ...alice, roles: 7 }],
    ['an id that is a number', { ...alice, jti: 7 }],
    ['a list', answers([alice])],
    ['a page', answers('<html>', 200, { 'Content-Type': 'text/html' })],
    ['a member twice', answers('{"active":false,"active":true,"sub":"alice","token_type":"Bearer"}')],
    ['201', answers(alice, 201)],
    ['204', answers('', 204)],
    ['302', (...all) => redirectsTo(provider.introspectionUrl)(...all)],
    ['400', answers({}, 400)],
    ['401: our own credential is bad', answers({}, 401)],
    ['403', answers({}, 403)],
    ['404', answers({}, 404)],
    ['500', answers({}, 500)],
    ['a break', breaks],
    ['nothing', hangs],
    ['64 KiB and more', answers({ ...alice, more: 'x'.repeat(65 * 1024) })],
  ])('%s: an outage, and no statement about the token', async (_what, answer) => {
    const { present } = make();
    const token = tokenFor(answer);
    const outage = await present(token);
    expect(outage.kind).toBe('unavailable');
    expect(JSON.stringify(outage)).not.toContain(token);
    expect(JSON.stringify(outage)).not.toContain(secret);
    expect(askedFor(token)).toBe(1);
    // It is not remembered.
    provider.knows(token, alice);
    expect([(await present(token)).kind, askedFor(token)]).toEqual(['authenticated', 2]);
  });

  test('a kind of token that is never asked about is no outage: the endpoint says so itself', async () => {
    const { present } = make();
    expect(await present(tokenFor(answers({ error: 'unsupported_token_type' }, 400)))).toMatchObject({
      kind: 'rejected',
    });
    for (const answer of [
      answers({ error: 'invalid_client' }, 400),
      answers('{', 400),
      answers({ error: 'unsupported_token_type' }, 401),
    ])
      expect((await present(tokenFor(answer))).kind).toBe('unavailable');
  });

  test('200 MB are cut off', async () => {
    const flood = floods(200 * 1024 * 1024);
    expect((await make().present(tokenFor(flood.misbehaviour))).kind).toBe('unavailable');
    expect(await flood.taken).toBeLessThan(16 * 1024 * 1024);
  });

  test.each(['sub', 'jti', 'scope', 'roles'])('the token as %s is nobody’s name', async (member) => {
    const echo: Misbehaviour = (...all) => {
      const token = new URLSearchParams(all[2]).get('token');
      answers({ ...alice, [member]: `x:${token}` })(...all);
    };
    const token = tokenFor(echo);
    const answer = await make().present(token);
    expect(answer.kind).toBe('unavailable');
    expect(inspect(answer)).not.toContain(token);
  });

  test('a claim that holds the token is dropped', async () => {
    const echo: Misbehaviour = (...all) =>
      answers({ ...alice, request: { header: `Bearer ${new URLSearchParams(all[2]).get('token')}` }, email: 'a@b' })(
        ...all,
      );
    expect(await make().present(tokenFor(echo))).toMatchObject({ principal: { claims: { email: 'a@b' } } });
    const answer = await make().present(tokenFor(echo));
    expect('principal' in answer && Object.keys(answer.principal.claims)).toEqual(['email']);
  });
});

describe('the memory', () => {
  test('as long as the file says, and never beyond the token’s own end', async () => {
    const { present, at } = make({ cache: '60s' });
    const [long, short] = [tokenFor(alice), tokenFor({ ...alice, exp: seconds + 10 })];
    for (const [after, longCalls, shortCalls, kind] of [
      [0, 1, 1, 'authenticated'],
      [9_999, 1, 1, 'authenticated'],
      [10_000, 1, 2, 'rejected'],
      [59_999, 1, 3, 'rejected'],
      [60_000, 2, 3, 'rejected'],
    ] as const) {
      at(after);
      expect([after, (await present(long)).kind, askedFor(long)]).toEqual([after, 'authenticated', longCalls]);
      expect([after, (await present(short)).kind, askedFor(short)]).toEqual([after, kind, shortCalls]);
    }
  });

  test('0 is none', async () => {
    const { present } = make({ cache: 0 });
    const token = tokenFor(alice);
    for (const calls of [1, 2, 3])
      expect([(await present(token)).kind, askedFor(token)]).toEqual(['authenticated', calls]);
    provider.knows(token, { active: false });
    expect((await present(token)).kind).toBe('rejected');
  });

  test('what was taken back is refused once it has ended; a refusal is believed for five seconds', async () => {
    const { present, at } = make({ cache: '30s' });
    const token = tokenFor(alice);
    expect((await present(token)).kind).toBe('authenticated');
    provider.knows(token, { active: false });
    at(29_999);
    expect((await present(token)).kind).toBe('authenticated');
    at(30_000);
    expect([(await present(token)).kind, askedFor(token)]).toEqual(['rejected', 2]);
    at(34_999);
    expect([(await present(token)).kind, askedFor(token)]).toEqual(['rejected', 2]);
    at(35_000);
    expect([(await present(token)).kind, askedFor(token)]).toEqual(['rejected', 3]);
  });

  test('is one backend’s own', async () => {
    const token = tokenFor(alice);
    await make().present(token);
    await make().present(token);
    expect(askedFor(token)).toBe(2);
  });

  test('holds no token, and shows no secret', async () => {
    const { backend, present } = make();
    const tokens = [tokenFor(alice), tokenFor({ active: false })];
    for (const token of tokens) await present(token);
    const shown = inspect(backend, { depth: 12, showHidden: true, maxArrayLength: null });
    for (const text of [...tokens, secret]) expect(shown).not.toContain(text);
    expect(tokens.map((token) => createHash('sha256').update(token).digest('base64'))).not.toEqual(tokens);
  });
});

describe('many at once', () => {
  test('a thousand with one token: one call', async () => {
    const token = tokenFor((response, ...rest) => setImmediate(() => answers(alice)(response, ...rest)));
    const kinds = await make().kinds(...Array.from({ length: 1000 }, () => token));
    expect([new Set(kinds), kinds.length, askedFor(token)]).toEqual([new Set(['authenticated']), 1000, 1]);
  });

  test('no more calls at once than the file allows; a token that is known needs none', async () => {
    const { present, kinds } = make({ max_connections: 5 });
    const known = tokenFor(alice);
    await present(known);
    const held: (() => void)[] = [];
    const tokens = Array.from({ length: 50 }, () =>
      tokenFor((...all) => void held.push(() => answers({ active: false })(...all))),
    );
    const asked = kinds(...tokens);
    await provider.waitForOpen(5);
    expect((await present(known)).kind).toBe('authenticated');
    for (const release of held) release();
    const ended = await asked;
    expect(ended.filter((kind) => kind === 'rejected')).toHaveLength(5);
    expect(ended.filter((kind) => kind === 'unavailable')).toHaveLength(45);
  });

  test('a flood of bad tokens pushes no good one out', { timeout: 120_000 }, async () => {
    const { present, kinds } = make({ max_connections: 1000, deadline: 60 });
    const known = tokenFor(alice);
    await present(known);
    const bad = Array.from({ length: maxRememberedTokens + 100 }, (_, index) => `bad-${index}`);
    for (let from = 0; from < bad.length; from += 500) await kinds(...bad.slice(from, from + 500));
    expect([(await present(known)).kind, askedFor(known)]).toEqual(['authenticated', 1]);
    await kinds('bad-0', bad.at(-1) ?? '');
    expect([askedFor('bad-0'), askedFor(bad.at(-1) ?? '')]).toEqual([2, 1]);
  });
});

describe('an endpoint that never answers', () => {
  test('is left alone for a while after five times, and asked again by one', async () => {
    await provider.stop();
    const { present, at } = make();
    const seen = provider.requestsTo();
    for (let index = 0; index < 5; index += 1) {
      expect(await present(`token-${index}`)).toMatchObject({ reason: expect.stringContaining('cannot be asked') });
    }
    await provider.resume();
    const token = tokenFor(alice);
    expect(await present(token)).toMatchObject({ reason: expect.stringContaining('is left alone') });
    expect(provider.requestsTo()).toBe(seen);
    at(1000);
    expect((await present(token)).kind).toBe('authenticated');
  });

  test('what it says about some is no reason to leave others unasked', async () => {
    const { present } = make();
    for (let index = 0; index < 20; index += 1) {
      expect((await present(tokenFor(answers({}, 500)))).kind).toBe('unavailable');
    }
    expect((await present(tokenFor(alice))).kind).toBe('authenticated');
  });
});

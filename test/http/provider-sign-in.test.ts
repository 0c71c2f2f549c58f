import { describe, expect, test } from 'vitest';
import { createCookieBrowser } from '../harness/cookie-browser.js';
import { identityProvider } from '../harness/identity-provider.js';
import { exampleGraph } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { scriptedProvider } from '../harness/scripted-provider.js';
import { serve } from '../harness/served.js';
import { openSocket, refusedSocket } from '../harness/sockets.js';

/* Security bar 44: signing in with a provider, in a browser that keeps cookies: against a real provider, another one, and one that lies. */

const clientSecret = 'provider-sign-in-4b1d7c0e92f35a68';

const first = identityProvider();
const second = identityProvider();
const liar = scriptedProvider();

const environment = {};
for (const [name, provider] of Object.entries({ FIRST: first, SECOND: second, LIAR: liar })) {
  Object.defineProperty(environment, name, { get: () => provider.issuer, enumerable: true });
}

const client = { client_id: 'agentflow', client_secret: { env: 'CLIENT_SECRET' } };
const everybody = { roles: ['user'] };
const server = serve(
  {
    agent: exampleGraph,
    auth: {
      method: 'login',
      providers: {
        first: { issuer: '${FIRST}', ...client, ...everybody, title: 'The first', claims: { mail: 'email' } },
        second: { issuer: '${SECOND}', ...client, ...everybody },
        few: { issuer: '${FIRST}', ...client, ...everybody, allow: { emails: ['alice@example.test'] } },
        liar: { issuer: '${LIAR}', client_id: 'agentflow', ...everybody },
        unknown: { issuer: '${FIRST}', client_id: 'agentflow', ...everybody, client_secret: { env: 'OTHER_SECRET' } },
        away: { issuer: 'http://127.0.0.1:9', client_id: 'agentflow', ...everybody },
      },
    },
  },
  {
    env: Object.assign(environment, { CLIENT_SECRET: clientSecret, OTHER_SECRET: `not-${clientSecret}` }),
    prepare: async ({ url }) => {
      const callback = (name: string) => `${url}/v1/auth/oauth/${name}/callback`;
      const known = { client_id: 'agentflow', client_secret: clientSecret, grant_types: ['authorization_code'] };
      await first.register({ ...known, redirect_uris: [callback('first'), callback('few'), callback('unknown')] });
      await second.register({ ...known, redirect_uris: [callback('second')] });
    },
  },
);

const browse = () => createCookieBrowser(() => server.url);
const me = (browser: ReturnType<typeof browse>) => browser.ask('/v1/auth/me', { from: 'own page' });

describe('signing in', () => {
  test('a browser goes to the provider and comes back as somebody', async () => {
    const browser = browse();
    const { visit, asked } = await browser.begin('first', '/playground?x=1');
    expect(visit.status).toBe(302);
    expect(Object.fromEntries(asked)).toMatchObject({
      ...{
        response_type: 'code',
        client_id: 'agentflow',
        code_challenge_method: 'S256',
        scope: 'openid profile email',
      },
      redirect_uri: `${server.url}/v1/auth/oauth/first/callback`,
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    expect((await me(browser)).status).toBe(401);

    const back = await browser.ask(await browser.atProvider(visit.location ?? '', 'alice'));
    expect([back.status, back.location]).toEqual([302, '/playground?x=1']);
    expect((await me(browser)).body).toMatchObject({
      ...{
        subject: 'alice',
        realm: first.issuer,
        tenant: 'default',
        roles: ['user'],
        method: 'login',
        username: 'alice',
      },
      claims: { mail: 'alice@example.test' },
      session_id: expect.stringMatching(/^ses_/),
    });
    expect([...browser.cookies.keys()].toSorted()).toEqual(['agentflow', 'agentflow_csrf']);
    for (const line of browser.set.filter((one) => !one.includes('_csrf'))) expect(line).toMatch(/; HttpOnly/);
    for (const line of browser.set) expect(line).toMatch(/; Path=\/; .*SameSite=Lax/);

    const said = await browser.ask('/v1/graph/invoke', { from: 'own page', body: say('Who am I?') });
    expect([said.status, lastText(said)]).toEqual([200, expect.stringContaining('You are alice')]);
    const { body } = await browser.ask('/v1/auth/sessions', { from: 'own page' });
    expect(body.sessions).toEqual([expect.objectContaining({ via: 'first', current: true })]);
  });

  test('the sign-in page is told of the providers, and the start of the addresses to register', async () => {
    const { body } = await send(`${server.url}/v1/auth/methods`);
    expect(body.providers[0]).toEqual({ name: 'first', title: 'The first', start: '/v1/auth/oauth/first/start' });
    expect(server.output()).toContain(`${server.url}/v1/auth/oauth/first/callback`);
    expect(server.output()).toMatch(/Everybody who has an account at the provider \\?"first\\?"/);
    expect(server.output()).not.toMatch(/account at the provider \\?"few\\?"/);
  });

  test('the same name at two providers is two people', async () => {
    const [one, other] = [browse(), browse()];
    await one.signIn('first', 'carol');
    await other.signIn('second', 'carol');
    const realms = [(await me(one)).body.realm, (await me(other)).body.realm];
    expect(realms).toEqual([first.issuer, second.issuer]);
    const saved = await one.ask('/v1/graph/invoke', { from: 'own page', body: say('Hello', 'mine') });
    expect(saved.status).toBe(200);
    expect((await one.ask('/v1/threads/mine', { from: 'own page' })).status).toBe(200);
    expect((await other.ask('/v1/threads/mine', { from: 'own page' })).status).toBe(404);
  });

  test('who may not, does not; and is told so on a page', async () => {
    const [alice, mallory] = [browse(), browse()];
    expect((await alice.signIn('few', 'alice')).location).toBe('/playground');
    const refused = await mallory.signIn('few', 'mallory');
    expect([refused.status, refused.location]).toEqual([403, undefined]);
    expect(refused.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(refused.text).toContain('may not sign in here');
    expect(refused.text).toContain(refused.headers.get('x-request-id') ?? 'no id');
    expect((await me(mallory)).status).toBe(401);
  });

  test('a sign-in ends what the browser had before: the session is always another', async () => {
    const browser = browse();
    await browser.signIn('first', 'dora');
    const [before, id] = [browser.cookies.get('agentflow') ?? '', (await me(browser)).body.session_id];
    // Fixation: what somebody has put into the browser is not taken over.
    await browser.signIn('first', 'dora');
    expect(browser.cookies.get('agentflow')).not.toBe(before);
    expect((await me(browser)).body.session_id).not.toBe(id);
    const former = browse();
    former.cookies.set('agentflow', before);
    expect((await me(former)).status).toBe(401);
  });

  test('a browser that comes by another name of this server is sent to the one that the provider knows', async () => {
    const url = `${server.url.replace('127.0.0.1', 'localhost')}/v1/auth/oauth/first/start?return_to=/docs`;
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe(`${server.url}/v1/auth/oauth/first/start?return_to=%2Fdocs&moved=1`);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const again = await fetch(`${url}&moved=1`, { redirect: 'manual' });
    expect(again.headers.get('location')).toMatch(new RegExp(`^${first.issuer}/`));
  });
});

describe('what comes back is what was begun', () => {
  const finish = async (change: (url: URL) => void, browser = browse()) => {
    const { url } = await browser.begin('first');
    const back = new URL(await browser.atProvider(url, 'alice'));
    change(back);
    const answer = await browser.ask(back.pathname + back.search);
    return { answer, browser, back };
  };

  const toProvider = (name: string) => (url: URL) => {
    url.pathname = `/v1/auth/oauth/${name}/callback`;
  };

  test('unchanged, it signs in', async () => {
    const { answer } = await finish(() => undefined);
    expect(answer.status).toBe(302);
  });

  test.each<[string, number, (url: URL) => void]>([
    ['no state', 400, (url) => url.searchParams.delete('state')],
    ['an empty state', 400, (url) => url.searchParams.set('state', '')],
    ['another state', 400, (url) => url.searchParams.set('state', 'A'.repeat(43))],
    ['the state twice', 400, (url) => url.searchParams.append('state', url.searchParams.get('state') ?? '')],
    ['no code', 400, (url) => url.searchParams.delete('code')],
    ['another code', 400, (url) => url.searchParams.set('code', 'A'.repeat(43))],
    ['the code twice', 400, (url) => url.searchParams.append('code', 'A'.repeat(43))],
    ['no issuer, of one who says it', 400, (url) => url.searchParams.delete('iss')],
    ['another issuer (RFC 9207)', 400, (url) => url.searchParams.set('iss', 'https://evil.example')],
    ['another provider of ours', 400, toProvider('second')],
    ['the same issuer by another name', 400, toProvider('few')],
    ['a provider that is none', 404, toProvider('none')],
  ])('%s: %i, and nobody is signed in', async (_what, status, change) => {
    const { answer, browser } = await finish(change);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(browser.cookies.has('agentflow')).toBe(false);
  });

  test('in another browser it signs nobody in, and the one that began still can', async () => {
    const [own, other] = [browse(), browse()];
    const { url } = await own.begin('first');
    const back = await own.atProvider(url, 'alice');
    // Somebody else's browser, which may be at it as well.
    await other.begin('first');
    const answer = await other.ask(back);
    expect([answer.status, other.cookies.has('agentflow')]).toEqual([400, false]);
    expect((await own.ask(back)).status).toBe(302);
  });

  test('once', async () => {
    const browser = browse();
    const { url } = await browser.begin('first');
    const kept = new Map(browser.cookies);
    const back = await browser.atProvider(url, 'alice');
    expect((await browser.ask(back)).status).toBe(302);
    const copy = browse();
    for (const [name, value] of kept) copy.cookies.set(name, value);
    const answer = await copy.ask(back);
    expect([answer.status, copy.cookies.has('agentflow')]).toEqual([400, false]);
    // That the code was shown twice takes nothing from who was first.
    expect((await me(browser)).status).toBe(200);
  });

  test('of twenty at once, one', async () => {
    const browser = browse();
    const { url } = await browser.begin('first');
    const back = await browser.atProvider(url, 'alice');
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.ask(back)));
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
  });

  test('two tabs at once each come back to their own', async () => {
    const browser = browse();
    const begun = [await browser.begin('first', '/one'), await browser.begin('second', '/two')];
    const backs = await Promise.all(begun.map(({ url }) => browser.atProvider(url, 'alice')));
    expect((await browser.ask(backs[1] ?? '')).location).toBe('/two');
    expect((await browser.ask(backs[0] ?? '')).location).toBe('/one');
  });

  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/%2fevil.example', 'javascript:alert(1)'])(
    'it leads to a path of this server, and not to %s',
    async (path) => {
      const browser = browse();
      const answer = await browser.ask(`/v1/auth/oauth/first/start?return_to=${encodeURIComponent(path)}`);
      expect([answer.status, answer.location]).toEqual([400, undefined]);
      expect((await browser.begin('first', '/good')).visit.status).toBe(302);
    },
  );
});

describe('a provider that refuses, or is not there', () => {
  const errorOf = async (error: string) => {
    const browser = browse();
    const { asked } = await browser.begin('first');
    const query = new URLSearchParams({ state: asked.get('state') ?? '', error, iss: first.issuer });
    query.set('error_description', '<script>alert(1)</script>');
    return browser.ask(`/v1/auth/oauth/first/callback?${query.toString()}`);
  };

  test.each([
    ['access_denied', 403, false],
    ['login_required', 400, false],
    ['redirect_uri_mismatch', 400, true],
    ['unauthorized_client', 400, true],
    ['invalid_client', 400, true],
  ])('%s is %i, on a page that holds nothing of theirs', async (error, status, isRegistration) => {
    const answer = await errorOf(error);
    expect([answer.status, answer.text.includes('<script>')]).toEqual([status, false]);
    const callback = `${server.url}/v1/auth/oauth/first/callback`;
    expect(answer.text.includes(`Register ${callback}`)).toBe(isRegistration);
    expect(answer.text).not.toContain('alert');
  });

  test('whatever a browser says that the provider has said, it is the browser’s fault, and one kind of row', async () => {
    const words = ['x\u001b[31m\nFAKE "q" line', 'y\u202e\\"', 'z'.repeat(300), '"', '\\'];
    for (const word of words) expect((await errorOf(word)).status).toBe(400);
    const told = () =>
      server
        .output()
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.includes('the browser brings the error'))
        .map((line) => JSON.parse(line) as { level: string; audit: { reason: string } })
        .filter(({ audit }) => !/_(?:denied|required|mismatch|client)"/.test(audit.reason));
    await expect.poll(() => told().length, { timeout: 10_000 }).toBe(words.length);
    for (const { level, audit } of told()) {
      expect(level).toBe('info');
      expect(audit.reason.replace(/"(?:[^"\\]|\\.)*"/g, '""')).toBe('the provider "": the browser brings the error ""');
    }
    for (const raw of ['\\u001b', '\u001b', '\u202e', 'z'.repeat(65)]) expect(server.output()).not.toContain(raw);
  });

  test('an error for a state that is none is not believed', async () => {
    const answer = await browse().ask('/v1/auth/oauth/first/callback?error=redirect_uri_mismatch&state=x');
    expect([answer.status, answer.text.includes('Register')]).toEqual([400, false]);
  });

  test('our own secret is wrong there: the log and the page say what to register', async () => {
    const answer = await browse().signIn('unknown', 'alice');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('does not take this server for the client that it is configured as');
    // The answer does not wait for the log.
    await expect.poll(() => server.output()).toContain('invalid_client');
    expect(server.output()).not.toContain(clientSecret);
  });

  test('away: 503, on a page, and again when it is back', async () => {
    const away = await browse().ask('/v1/auth/oauth/away/start');
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    expect(away.text).toContain('cannot be reached');
    const browser = browse();
    const { url } = await browser.begin('second');
    const back = await browser.atProvider(url, 'alice');
    await second.stop();
    const answer = await browser.ask(back);
    await second.resume();
    expect([answer.status, answer.text.includes('cannot be reached')]).toEqual([503, true]);
    expect((await browser.signIn('second', 'alice')).status).toBe(302);
  });
});

describe('what a provider says of somebody is verified', () => {
  const signIn = async (
    claims: Readonly<Record<string, unknown>>,
    more: object = {},
    key: 'own' | 'foreign' = 'own',
  ) => {
    const browser = browse();
    const { asked } = await browser.begin('liar');
    liar.onToken = () => {
      const id_token = liar.idToken({ nonce: asked.get('nonce'), ...claims }, { key });
      return { body: { access_token: 'access', token_type: 'bearer', id_token, ...more } };
    };
    const answer = await browser.ask(`/v1/auth/oauth/liar/callback?code=one&state=${asked.get('state')}`);
    return { answer, browser };
  };
  const past = Math.floor(Date.now() / 1000) - 3600;

  test('in order, it signs in, and what was sent for it is what was begun', async () => {
    const { answer, browser } = await signIn({});
    expect(answer.status).toBe(302);
    expect((await me(browser)).body).toMatchObject({ subject: 'alice', realm: liar.issuer });
    expect(liar.asked.at(-1)).toMatchObject({
      ...{ grant_type: 'authorization_code', code: 'one', client_id: 'agentflow' },
      redirect_uri: `${server.url}/v1/auth/oauth/liar/callback`,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test('what is brought back a second time is refused here, also where the provider would take its code again', async () => {
    const first = browse();
    const { asked } = await first.begin('liar');
    const second = browse();
    for (const [name, value] of first.cookies) second.cookies.set(name, value);
    liar.onToken = () => {
      const id_token = liar.idToken({ nonce: asked.get('nonce') });
      return { body: { access_token: 'access', token_type: 'bearer', id_token } };
    };
    const path = `/v1/auth/oauth/liar/callback?code=one&state=${asked.get('state')}`;
    expect((await first.ask(path)).status).toBe(302);
    const before = liar.asked.length;
    expect([(await second.ask(path)).status, liar.asked.length]).toEqual([400, before]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, object?, 'foreign'?]>([
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
    ['another audience', { aud: 'somebody' }],
    ['several audiences and no authorized party', { aud: ['agentflow', 'somebody'] }],
    ['another authorized party', { aud: ['agentflow', 'somebody'], azp: 'somebody' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['no subject', { sub: undefined }],
    ['a subject that is a number', { sub: 5 }],
    ['a subject with a line break', { sub: 'a\nb' }],
    ['an end that has passed', { exp: past, iat: past - 60 }],
    ['no end', { exp: undefined }],
    ['another access token than came with it', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['the key of somebody else', {}, {}, 'foreign'],
    ['no ID token', {}, { id_token: undefined }],
    ['half an ID token', {}, { id_token: 'a.b' }],
    ['an ID token without a signature', {}, { id_token: 'eyJhbGciOiJub25lIn0.e30.' }],
  ])('%s: nobody is signed in', async (_what, claims, more, key) => {
    const { answer, browser } = await signIn(claims, more, key);
    expect([400, 403]).toContain(answer.status);
    expect([...browser.cookies.keys()].filter((name) => name === 'agentflow')).toEqual([]);
  });
});

describe('a cookie counts for pages of our own', () => {
  const browser = browse();
  const invoke = (
    headers: Readonly<Record<string, string>>,
    from: 'own page' | 'own page without its token' | 'nowhere',
  ) => browser.ask('/v1/graph/invoke', { from, headers, body: say('Hello') });

  test('with its token, from its origin', async () => {
    await browser.signIn('first', 'erin');
    expect((await invoke({}, 'own page')).status).toBe(200);
    // A browser that says of itself only the one, or only the other.
    const token = browser.cookies.get('agentflow_csrf') ?? '';
    expect((await invoke({ Origin: server.url, 'X-CSRF-Token': token }, 'nowhere')).status).toBe(200);
    expect((await invoke({ 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': token }, 'nowhere')).status).toBe(200);
  });

  test('not without the token, or with another session’s', async () => {
    const other = browse();
    await other.signIn('first', 'frank');
    expect((await invoke({}, 'own page without its token')).status).toBe(401);
    const foreign = other.cookies.get('agentflow_csrf') ?? '';
    for (const token of [foreign, '', 'x', browser.cookies.get('agentflow') ?? '']) {
      expect((await invoke({ 'X-CSRF-Token': token }, 'own page without its token')).status).toBe(401);
    }
    for (const method of ['PUT', 'DELETE', 'POST']) {
      const answer = await browser.ask('/v1/threads/none/state', { method, from: 'own page without its token' });
      expect([method, answer.status]).toEqual([method, 401]);
    }
  });

  test.each<[string, Record<string, string>]>([
    ['another origin', { Origin: 'https://evil.example' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
    ['another name of this machine', { Origin: 'http://localhost:1' }],
    ['no origin at all', { Origin: 'null' }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sister of this site', { 'Sec-Fetch-Site': 'same-site' }],
  ])('not from %s, whatever it brings along', async (_what, headers) => {
    const token = browser.cookies.get('agentflow_csrf') ?? '';
    const status = async (options: object) => (await browser.ask('/v1/auth/me', options)).status;
    expect((await invoke({ ...headers, 'X-CSRF-Token': token }, 'nowhere')).status).not.toBe(200);
    expect(await status({ headers })).toBe(401);
    expect(await status({ from: 'own page' })).toBe(200);
  });

  test('not with a change that says nothing of its page', async () => {
    const token = browser.cookies.get('agentflow_csrf') ?? '';
    expect((await invoke({ 'X-CSRF-Token': token }, 'nowhere')).status).toBe(401);
  });

  test('a socket of our own pages opens by it, and of no others', async () => {
    const Cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const opened = await openSocket(server.url, { headers: { Cookie, Origin: server.url } });
    await opened.close();
    for (const Origin of ['https://evil.example', 'http://127.0.0.1:1', 'null']) {
      const refusal = await refusedSocket(server.url, { headers: { Cookie, Origin } });
      expect([Origin, [401, 403].includes(refusal.status)]).toEqual([Origin, true]);
    }
    expect((await refusedSocket(server.url, { headers: { Cookie } })).status).toBe(401);
  });

  test('a ticket that a page gets opens one too', async () => {
    const { body } = await browser.ask('/v1/auth/ws-ticket', { method: 'POST', from: 'own page', body: {} });
    const protocols = ['agentflow-ticket', body.ticket];
    const opened = await openSocket(server.url, { protocols, headers: { Origin: server.url } });
    await opened.close();
  });

  test('with another credential beside it, nobody can tell whose the request is', async () => {
    const answer = await browser.ask('/v1/auth/me', { from: 'own page', headers: { Authorization: 'Bearer a.b.c' } });
    expect(answer.status).toBe(400);
  });

  test('changed, or without its host’s pepper, it is nobody’s', async () => {
    const secret = browser.cookies.get('agentflow') ?? '';
    const other = browse();
    for (const changed of [`${secret}x`, secret.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), 'x', '']) {
      other.cookies.set('agentflow', changed);
      expect([changed, (await me(other)).status]).toEqual([changed, 401]);
    }
    other.cookies.set('agentflow', secret);
    expect((await me(other)).status).toBe(200);
  });

  test('it is no bearer token, and a bearer token sets none', async () => {
    const secret = browser.cookies.get('agentflow') ?? '';
    const answer = await send(`${server.url}/v1/auth/me`, { token: secret });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []]);
  });

  test('with its session it ends, and the browser forgets it', async () => {
    const copy = browse();
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    const ended = await browser.ask('/v1/auth/logout', { method: 'POST', from: 'own page', body: {} });
    expect([ended.status, ended.body]).toEqual([200, { ended: 1 }]);
    expect(browser.cookies.size).toBe(0);
    expect((await me(copy)).status).toBe(401);
  });
});

test('nothing that was secret stands in what the server has printed', () => {
  const printed = server.output();
  for (const secret of [clientSecret, 'code_verifier', 'af_rt_']) expect(printed).not.toContain(secret);
});

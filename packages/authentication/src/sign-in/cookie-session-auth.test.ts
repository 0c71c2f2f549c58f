import {
  type AuthenticationRequest,
  createPeppers,
  createPrincipal,
  ownerOf,
  Secret,
  type SessionStore,
  type StoredSession,
} from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { createCookieSessionAuth } from './cookie-session-auth.js';
import { createBrowserCookies, csrfToken, sessionSecret } from './session-cookie.js';

/* Security bar 44: a cookie counts for pages of our own alone, and no longer than its session. */

const origin = 'https://agents.example';
const minute = 60_000;
const family = 'abcdefghijklmnop2345';
const peppers = createPeppers(new Secret('a'.repeat(64)), []);
const secret = sessionSecret(family, peppers);

/** A session of a store that counts how often it is asked. */
function start(more: Partial<StoredSession> = {}) {
  const clock = { time: 0, now: () => clock.time };
  const asked = { found: 0, advanced: 0 };
  const revoked = new Set<string>();
  const offered = new Set(['corporate']);
  const alice = createPrincipal({ realm: 'https://login.example', subject: 'alice', roles: ['user'] });
  const owner = ownerOf(alice);
  let session: StoredSession | undefined = {
    ...{ familyId: family, sessionId: 'ses_one', owner, vouched: {}, via: 'corporate', pepperId: 'p' },
    ...{ generation: 0, rotatedAt: 0, rotatedBy: '', salt: new Uint8Array(32), createdAt: 0, lastUsedAt: 0 },
    ...{ idleUntil: 10 * minute, expiresAt: 30 * minute, address: undefined, userAgent: undefined, ...more },
  };
  const store: Pick<SessionStore, 'findFamily' | 'advance'> = {
    findFamily: (id) => {
      asked.found += 1;
      return Promise.resolve(session?.familyId === id ? session : undefined);
    },
    advance: ({ generation }, use) => {
      asked.advanced += 1;
      if (session === undefined || session.generation !== generation) return Promise.resolve(undefined);
      session = { ...session, ...use, generation: generation + 1, lastUsedAt: clock.time };
      return Promise.resolve(session);
    },
  };
  const address = () => ({ url: origin, origin, isSecure: true });
  const auth = createCookieSessionAuth({
    cookies: createBrowserCookies(address, () => peppers),
    ...{
      address,
      peppers: () => peppers,
      clock,
      readVouched: ({ via }: { readonly via: string }) => (offered.has(via) ? alice : undefined),
    },
    idleMilliseconds: 10 * minute,
    openSessions: () => Promise.resolve(store as SessionStore),
    revocations: { isRevoked: ({ sessionId }) => revoked.has(sessionId ?? '') },
  });
  const ask = async (method = 'GET', headers: Readonly<Record<string, string>> = {}, value = secret) => {
    const fields = new Headers({ cookie: `__Host-agentflow=${value}`, ...headers });
    const request = { method, url: '/', headers: fields, address: '192.0.2.1', requestId: '', transport: 'http' };
    return (await auth.authenticate(request as AuthenticationRequest)).kind;
  };
  return {
    clock,
    asked,
    revoked,
    offered,
    auth,
    ask,
    change: (next: StoredSession | undefined) => (session = next),
    now: () => session,
  };
}

describe('the session of a cookie', () => {
  test('its row is looked at every ten seconds, and touched every minute', async () => {
    const { clock, asked, ask, now } = start();
    for (const [time, found, advanced] of [
      [0, 1, 0],
      [9_999, 1, 0],
      [10_000, 2, 0],
      [59_999, 3, 0],
      [minute + 9_999, 4, 1],
      [minute + 20_000, 5, 1],
    ] as const) {
      clock.time = time;
      expect([time, await ask(), asked.found, asked.advanced]).toEqual([time, 'authenticated', found, advanced]);
    }
    expect(now()?.idleUntil).toBe(11 * minute + 9_999);
  });

  test.each([3, 25])(
    'used, it goes on for as long as is configured now, whatever it began with: %i minutes',
    async (before) => {
      const { clock, ask, now } = start({ idleUntil: before * minute });
      clock.time = 2 * minute;
      expect([await ask(), now()?.idleUntil]).toEqual(['authenticated', 12 * minute]);
    },
  );

  test('by a clock that was put back, what is remembered is looked at anew', async () => {
    const { clock, asked, ask, change } = start({ createdAt: -120 * minute });
    expect([await ask(), asked.found]).toEqual(['authenticated', 1]);
    clock.time = -1;
    expect([await ask(), asked.found]).toEqual(['authenticated', 2]);
    change(undefined);
    clock.time = -60 * minute;
    expect([await ask(), asked.found]).toEqual(['rejected', 3]);
  });

  test('it ends when it is not used, and in any case at its end', async () => {
    const idle = start();
    idle.clock.time = 10 * minute - 1;
    expect(await idle.ask()).toBe('authenticated');
    const late = start();
    late.clock.time = 10 * minute;
    expect(await late.ask()).toBe('rejected');
    const used = start({ idleUntil: 60 * minute });
    used.clock.time = 30 * minute - 1;
    expect(await used.ask()).toBe('authenticated');
    used.clock.time = 30 * minute + 10_000;
    expect(await used.ask()).toBe('rejected');
  });

  test('taken back, it is looked at anew at once: it may have another name by now', async () => {
    const { asked, ask, revoked, change, now } = start();
    expect([await ask(), asked.found]).toEqual(['authenticated', 1]);
    revoked.add('ses_one');
    const before = now();
    if (before !== undefined) change({ ...before, sessionId: 'ses_two' });
    expect([await ask(), asked.found]).toEqual(['authenticated', 2]);
    revoked.add('ses_two');
    change(undefined);
    expect([await ask(), asked.found]).toEqual(['rejected', 3]);
  });

  test('of a provider that the file names no more it is none', async () => {
    const { ask, offered, clock } = start();
    expect(await ask()).toBe('authenticated');
    offered.clear();
    clock.time = 10_000;
    expect(await ask()).toBe('rejected');
  });

  test('for a forged one the database is not asked', async () => {
    const { asked, ask } = start();
    expect(
      await ask(
        'GET',
        {},
        secret.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      ),
    ).toBe('rejected');
    expect(await ask('GET', {}, 'x')).toBe('rejected');
    expect(asked.found).toBe(0);
    expect([await ask(), asked.found]).toEqual(['authenticated', 1]);
  });
});

describe('whose page sends it', () => {
  const token = { 'x-csrf-token': csrfToken(secret, peppers) };
  const page = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

  test.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['a page of our own reads', 'GET', { 'sec-fetch-site': 'same-origin' }, 'authenticated'],
    ['somebody types the address', 'GET', { 'sec-fetch-site': 'none', ...page }, 'authenticated'],
    ['somebody follows a link', 'GET', { 'sec-fetch-site': 'cross-site', ...page }, 'authenticated'],
    ['a browser that says nothing of its pages reads', 'GET', {}, 'authenticated'],
    ['another page reads', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, 'not-applicable'],
    [
      'another page has it in a frame',
      'GET',
      { 'sec-fetch-site': 'cross-site', ...page, 'sec-fetch-dest': 'iframe' },
      'not-applicable',
    ],
    ['a sister reads', 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 'not-applicable'],
    ['another page reads, and says its origin', 'GET', { origin: 'https://evil.example' }, 'not-applicable'],
    ['a page of our own changes', 'POST', { origin, ...token }, 'authenticated'],
    ['without its token', 'POST', { origin }, 'rejected'],
    ['without a word of its page', 'POST', token, 'not-applicable'],
    ['typed in, as no change ever is', 'POST', { 'sec-fetch-site': 'none', ...token }, 'not-applicable'],
    ['a form of another page', 'POST', { 'sec-fetch-site': 'cross-site', ...page, ...token }, 'not-applicable'],
    ['in the clear', 'POST', { origin: 'http://agents.example', ...token }, 'not-applicable'],
    ['a look-alike', 'POST', { origin: `${origin}.evil.example`, ...token }, 'not-applicable'],
  ])('%s', async (_what, method, headers, kind) => {
    const { ask, auth } = start();
    expect(await ask(method, headers)).toBe(kind);
    const isRead = auth.reads(new Headers({ cookie: `__Host-agentflow=${secret}`, ...headers })).length === 1;
    if (kind !== 'not-applicable') expect(isRead).toBe(true);
  });
});

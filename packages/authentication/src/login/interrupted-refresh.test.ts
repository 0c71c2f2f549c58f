import {
  createPeppers,
  createPrincipal,
  createUserSessions,
  localRealm,
  type OwnerKey,
  ownerOf,
  type RefreshResult,
  type Revocation,
  Secret,
  type SessionStore,
  type Stores,
  type TenantId,
  type UserChanges,
  type UserSessions,
  type UserStore,
} from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* A refresh that is given no answer, or that waits long for one, signs nobody out and is no theft. */

const start = Date.parse('2026-01-01T00:00:00Z');
const second = 1000;
const hour = 3600 * second;
const owner: OwnerKey = ownerOf(createPrincipal({ realm: localRealm, subject: 'usr_alice' }));
const laptop = { address: '192.0.2.1', userAgent: 'laptop' };
const away = () => Promise.reject(new Error('the database is away'));

describeOnDatabases((create) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;
  let revoked: Revocation[];
  let sessions: UserSessions;
  /** Instead of what the database does. */
  let find: UserStore['find'] | undefined;
  let advance: SessionStore['advance'] | undefined;
  /** Before an access token is signed, once. */
  let meanwhile: (() => Promise<unknown>) | undefined;
  const clock = { now: () => now };

  beforeEach(async () => {
    now = start;
    revoked = [];
    find = undefined;
    advance = undefined;
    meanwhile = undefined;
    database = await create();
    stores = await database.open(clock);
    const { users, sessions: kept } = stores;
    await users.add({
      id: 'usr_alice',
      tenant: 'default' as TenantId,
      username: 'alice',
      roles: [],
      passwordHash: 'x',
    });
    sessions = createUserSessions({
      open: async () => ({
        users: { ...users, find: (id) => (find === undefined ? users.find(id) : find(id)) },
        sessions: { ...kept, advance: (...use) => (advance === undefined ? kept.advance(...use) : advance(...use)) },
      }),
      tokens: {
        sign: async ({ principal: { roles }, sessionId, notAfter }) => {
          const work = meanwhile;
          meanwhile = undefined;
          await work?.();
          return { token: JSON.stringify({ roles, sessionId }), expiresAt: Math.min(now + 900 * second, notAfter) };
        },
        read: async () => undefined,
      },
      peppers: () => createPeppers(new Secret('p'.repeat(40)), []),
      revocations: { revoke: async (more) => void revoked.push(...more) },
      readVouched: () => undefined,
      times: { idleMilliseconds: 24 * hour, lifetimeMilliseconds: 240 * hour, graceMilliseconds: 10 * second },
      clock,
    });
  });
  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  const begin = () => sessions.begin({ owner, via: 'password', ...laptop });
  const change = async (changes: UserChanges) => {
    const changed = await stores.users.update('usr_alice', changes);
    revoked.push(...(changed?.ended ?? []));
  };
  const isEnded = (id: string) => revoked.some((one) => one.kind === 'session' && one.sessionId === id);

  function issuedOf(result: RefreshResult) {
    if (result.kind !== 'refreshed') throw new Error(`it was ${result.kind}`);
    return result.issued;
  }

  const interruptions: readonly (readonly [string, () => void])[] = [
    ['the user cannot be read', () => (find = away)],
    ['no key can be had', () => (meanwhile = away)],
    ['the token cannot be used up', () => (advance = away)],
    [
      'nobody says that the token was used up',
      () => {
        advance = async (...use) => {
          await stores.sessions.advance(...use);
          return away();
        };
      },
    ],
  ];

  test.each(interruptions)('%s: the token is good, however late it comes again', async (_what, interrupt) => {
    const { refreshToken } = await begin();
    interrupt();
    await expect(sessions.refresh(refreshToken, laptop)).rejects.toThrow('the database is away');
    find = undefined;
    advance = undefined;
    now += hour;
    const next = issuedOf(await sessions.refresh(refreshToken, laptop));
    expect(revoked).toEqual([]);
    // Once its successor has been seen, it is what it always was.
    now += hour;
    issuedOf(await sessions.refresh(next.refreshToken, laptop));
    expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'reused' });
    expect(isEnded(next.sessionId)).toBe(true);
  });

  test('whoever was overtaken while they waited gets the successor, however long that was', async () => {
    const { refreshToken } = await begin();
    let first = '';
    meanwhile = async () => {
      first = issuedOf(await sessions.refresh(refreshToken, laptop)).refreshToken;
      now += 30 * second;
    };
    const second_ = issuedOf(await sessions.refresh(refreshToken, laptop));
    expect([second_.refreshToken, revoked]).toEqual([first, []]);
    // Its twin: who comes after that has no such excuse.
    expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'reused' });
  });

  test('other roles, given while a token is made, are in the token that is given', async () => {
    const { refreshToken, sessionId } = await begin();
    meanwhile = async () => {
      await change({ roles: ['chief'] });
    };
    const next = issuedOf(await sessions.refresh(refreshToken, laptop));
    expect(JSON.parse(next.token)).toEqual({ roles: ['chief'], sessionId: next.sessionId });
    expect([next.sessionId === sessionId, isEnded(sessionId), isEnded(next.sessionId)]).toEqual([false, true, false]);
    issuedOf(await sessions.refresh(next.refreshToken, laptop));
  });

  test('whoever is disabled, or has another password, while a token is made gets none', async () => {
    for (const end of [
      async () => {
        await change({ isDisabled: true });
        await change({ isDisabled: false });
      },
      () => stores.users.setPassword('usr_alice', 'y'),
    ]) {
      const { refreshToken } = await begin();
      meanwhile = end;
      expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'refused' });
      expect(await sessions.list(owner)).toEqual([]);
    }
  });
});

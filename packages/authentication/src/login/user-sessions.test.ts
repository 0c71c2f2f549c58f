import {
  createPepper,
  createPeppers,
  createPrincipal,
  createUserSessions,
  type IssuedSession,
  localRealm,
  type OwnerKey,
  ownerOf,
  type Revocation,
  Secret,
  SessionRefusedError,
  type Stores,
  type TenantId,
  type UserChanges,
  type UserSessions,
} from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';
import { useSecret } from '../../../../test/harness/leaks/used-secrets.js';

/* Security bar 41 to 43, by a clock that is moved by hand: what keeps a session, and what ends it. */

const start = Date.parse('2026-01-01T00:00:00Z');
const second = 1000;
const day = 86_400 * second;
const user = createPrincipal({ realm: localRealm, subject: 'usr_alice', roles: ['user'] });
const owner: OwnerKey = ownerOf(user);
const laptop = { address: '192.0.2.1', userAgent: 'laptop' };
const thief = { address: '203.0.113.9', userAgent: 'thief' };

describeOnDatabases((create) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;
  let revoked: Revocation[];
  const clock = { now: () => now };

  /** As one process has them; several share the database. */
  function sessionsOf({ grace = 10 * second, pepper = 'p'.repeat(40) } = {}, own = stores): UserSessions {
    return createUserSessions({
      open: async () => own,
      tokens: {
        sign: async ({ principal: { roles, claims }, sessionId, notAfter }) => {
          const expiresAt = Math.min(now + 900 * second, notAfter);
          return { token: JSON.stringify({ sessionId, roles, claims }), expiresAt };
        },
        read: async (token) => {
          const { sessionId } = JSON.parse(token) as { sessionId: string };
          return { principal: user, sessionId };
        },
      },
      peppers: () => createPeppers(new Secret(pepper), []),
      revocations: {
        revoke: async (more) => void revoked.push(...more),
      },
      readVouched: ({ via, owner: { realm }, vouched }) => {
        if (via !== 'example' || realm !== 'https://login.example.com') return undefined;
        const { sub: subject, email } = vouched as { readonly sub: string; readonly email: string };
        return createPrincipal({ realm, subject, roles: ['guest'], claims: { email } });
      },
      times: { idleMilliseconds: 7 * day, lifetimeMilliseconds: 30 * day, graceMilliseconds: grace },
      clock,
    });
  }

  async function begin(sessions: UserSessions): Promise<IssuedSession> {
    const issued = await sessions.begin({ owner, via: 'password', ...laptop });
    useSecret(issued.refreshToken);
    return issued;
  }

  async function refreshed(sessions: UserSessions, token: string, client = laptop): Promise<IssuedSession> {
    const result = await sessions.refresh(token, client);
    if (result.kind !== 'refreshed') throw new Error(`it was ${result.kind}`);
    useSecret(result.issued.refreshToken);
    return result.issued;
  }

  const change = async (changes: UserChanges) => {
    const changed = await stores.users.update('usr_alice', changes);
    revoked.push(...(changed?.ended ?? []));
  };
  const isEnded = (sessionId: string) =>
    revoked.some(
      (one) => one.kind === 'session' && one.sessionId === sessionId && (one.expiresAt ?? 0) > now + 3600 * second,
    );

  beforeEach(async () => {
    now = start;
    revoked = [];
    database = await create();
    stores = await database.open(clock);
    const tenant = 'default' as TenantId;
    await stores.users.add({ id: 'usr_alice', tenant, username: 'alice', roles: ['user'], passwordHash: 'x' });
  });
  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  test('goes from one refresh token to the next', async () => {
    const sessions = sessionsOf();
    const first = await begin(sessions);
    const second_ = await refreshed(sessions, first.refreshToken);
    const third = await refreshed(sessions, second_.refreshToken);
    expect(new Set([first, second_, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
    expect([second_.sessionId, third.sessionId]).toEqual([first.sessionId, first.sessionId]);
    expect(revoked).toEqual([]);
  });

  test('ends where any earlier refresh token comes again, and the latest is good no more', async () => {
    const sessions = sessionsOf();
    const first = await begin(sessions);
    const two = await refreshed(sessions, first.refreshToken);
    const three = await refreshed(sessions, two.refreshToken);
    expect(await sessions.refresh(first.refreshToken, laptop)).toEqual({
      ...{ kind: 'reused', owner, sessionId: first.sessionId },
    });
    expect(isEnded(first.sessionId)).toBe(true);
    expect(await sessions.refresh(three.refreshToken, laptop)).toMatchObject({ kind: 'refused' });
    expect(await sessions.list(owner)).toEqual([]);
    // Its twin: another session of the same user goes on.
    const other = await begin(sessions);
    await refreshed(sessions, other.refreshToken);
  });

  test('is not ended by a forged token that names it', async () => {
    const sessions = sessionsOf();
    const { refreshToken, sessionId } = await begin(sessions);
    const { refreshToken: next } = await refreshed(sessions, refreshToken);
    const head = refreshToken.slice(0, -43);
    const mac = refreshToken.slice(-43);
    const forged = [
      `${head}${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
      `${head.replace('_0_', '_1_')}${mac}`,
      `${next.slice(0, -43)}${mac}`,
      refreshToken.replace('_0_', '_00_'),
      `${refreshToken}=`,
      refreshToken.slice(0, -1),
      'af_rt_',
      '',
    ];
    for (const token of forged) expect(await sessions.refresh(token, thief)).toMatchObject({ kind: 'refused' });
    const elsewhere = sessionsOf({ pepper: 'q'.repeat(40) });
    expect(await elsewhere.refresh(next, laptop)).toMatchObject({ kind: 'refused' });
    expect(isEnded(sessionId)).toBe(false);
    await refreshed(sessions, next);
  });

  test('gives the same successor to all who come at once, within the grace', async () => {
    const other = await database.open(clock);
    try {
      const processes = [sessionsOf(), sessionsOf({}, other)] as const;
      const { refreshToken } = await begin(processes[0]);
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) => refreshed(processes[index % 2 === 0 ? 0 : 1], refreshToken)),
      );
      expect(new Set(all.map((one) => one.refreshToken)).size).toBe(1);
      now += 11 * second;
      expect(await processes[0].refresh(refreshToken, laptop)).toMatchObject({ kind: 'reused' });
    } finally {
      await other.close();
    }
  });

  test('gives nothing within the grace to any but the one before the latest', async () => {
    const sessions = sessionsOf();
    const { refreshToken } = await begin(sessions);
    const two = await refreshed(sessions, refreshToken);
    await refreshed(sessions, two.refreshToken);
    expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'reused' });
  });

  test('without a grace, answers one of all who come at once, and goes on', async () => {
    const other = await database.open(clock);
    try {
      const processes = [sessionsOf({ grace: 0 }), sessionsOf({ grace: 0 }, other)] as const;
      const { refreshToken, sessionId } = await begin(processes[0]);
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => processes[index % 2 === 0 ? 0 : 1].refresh(refreshToken, laptop)),
      );
      const kinds = results.map(({ kind }) => kind).sort();
      expect(kinds).toEqual(['refreshed', ...Array<string>(19).fill('refused')]);
      expect(isEnded(sessionId)).toBe(false);
      const won = results.find((one) => one.kind === 'refreshed');
      const next = await refreshed(processes[1], won?.issued.refreshToken ?? '');
      // A moment later it is no coincidence any more.
      now += 2 * second;
      expect(await processes[0].refresh(won?.issued.refreshToken ?? '', laptop)).toMatchObject({ kind: 'reused' });
      expect(await processes[0].refresh(next.refreshToken, laptop)).toMatchObject({ kind: 'refused' });
    } finally {
      await other.close();
    }
  });

  test('without a grace, ends at once where it is another client', async () => {
    const sessions = sessionsOf({ grace: 0 });
    const { refreshToken, sessionId } = await begin(sessions);
    await refreshed(sessions, refreshToken, laptop);
    expect(await sessions.refresh(refreshToken, thief)).toMatchObject({ kind: 'reused' });
    expect(isEnded(sessionId)).toBe(true);
  });

  test('ends when it is not used, and in any case', async () => {
    const sessions = sessionsOf();
    const idle = await begin(sessions);
    now += 7 * day;
    expect(await sessions.refresh(idle.refreshToken, laptop)).toMatchObject({ kind: 'refused' });
    expect(await sessions.list(owner)).toEqual([]);

    const began = now;
    let { refreshToken } = await begin(sessions);
    for (let index = 0; index < 5; index += 1) {
      now += 6 * day - second;
      const issued = await refreshed(sessions, refreshToken);
      ({ refreshToken } = issued);
      expect(issued.refreshExpiresAt).toBe(Math.min(now + 7 * day, began + 30 * day));
      expect(issued.expiresAt).toBeLessThanOrEqual(began + 30 * day);
    }
    now = began + 30 * day - second;
    const last = await refreshed(sessions, refreshToken);
    expect(last.expiresAt).toBe(began + 30 * day);
    now = began + 30 * day;
    expect(await sessions.refresh(last.refreshToken, laptop)).toMatchObject({ kind: 'refused' });
  });

  test('goes on when a clock is put back', async () => {
    const sessions = sessionsOf();
    const { refreshToken } = await begin(sessions);
    const two = await refreshed(sessions, refreshToken);
    now -= 3600 * second;
    await refreshed(sessions, two.refreshToken);
  });

  test.each([2 * 3600 * second, 10 * second])(
    'by a clock that is %i ms behind, an earlier refresh token is what it is',
    async (behind) => {
      const sessions = sessionsOf();
      const { refreshToken, sessionId } = await begin(sessions);
      const { refreshToken: next } = await refreshed(sessions, refreshToken);
      // Within the grace, clocks may differ by as much.
      now -= 9 * second;
      expect((await refreshed(sessions, refreshToken)).refreshToken).toBe(next);
      now -= behind - 9 * second;
      expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'reused' });
      expect(isEnded(sessionId)).toBe(true);
    },
  );

  test('without a grace, by a clock that is behind, who comes again was not just overtaken', async () => {
    const sessions = sessionsOf({ grace: 0 });
    const { refreshToken } = await begin(sessions);
    await refreshed(sessions, refreshToken);
    now -= 2 * second;
    expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'reused' });
  });

  test('says what the user is by then', async () => {
    const sessions = sessionsOf();
    const { refreshToken, sessionId, token } = await begin(sessions);
    expect(JSON.parse(token)).toMatchObject({ roles: ['user'], claims: { username: 'alice' } });
    await change({ roles: ['chief'], username: 'alicia' });
    expect(isEnded(sessionId)).toBe(true);
    const next = await refreshed(sessions, refreshToken);
    expect(JSON.parse(next.token)).toMatchObject({ roles: ['chief'], claims: { username: 'alicia' } });
    expect(next.sessionId).not.toBe(sessionId);
    expect(isEnded(next.sessionId)).toBe(false);
    expect(await sessions.list(owner)).toMatchObject([{ sessionId: next.sessionId, createdAt: start }]);
  });

  test('is none for whoever is disabled or has another password by then', async () => {
    const sessions = sessionsOf();
    const former = await begin(sessions);
    const proved = await stores.users.find('usr_alice');
    now += second;
    await stores.users.setPassword('usr_alice', 'y');
    const late = { owner, via: 'password', passwordChangedAt: proved?.passwordChangedAt };
    await expect(sessions.begin(late)).rejects.toThrow(SessionRefusedError);
    const current = await stores.users.find('usr_alice');
    const start = { ...late, passwordChangedAt: current?.passwordChangedAt };
    const { refreshToken, sessionId } = await sessions.begin(start);
    expect(await sessions.refresh(former.refreshToken, laptop)).toMatchObject({ kind: 'refused' });

    await change({ isDisabled: true });
    await expect(begin(sessions)).rejects.toThrow(SessionRefusedError);
    expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'refused' });
    expect(isEnded(sessionId)).toBe(true);
    await change({ isDisabled: false });
    expect(await sessions.refresh(refreshToken, laptop)).toMatchObject({ kind: 'refused' });
    await begin(sessions);
  });

  test('of a provider needs no user, and keeps what the provider said', async () => {
    const sessions = sessionsOf();
    const realm = 'https://login.example.com';
    const visitor = createPrincipal({ realm, subject: 'v1', roles: ['guest'], claims: { email: 'v@example.com' } });
    const vouched = { sub: 'v1', email: 'v@example.com' };
    const start = { owner: ownerOf(visitor), via: 'example', vouched, ...laptop };
    const { refreshToken } = await sessions.begin(start);
    const next = await refreshed(sessions, refreshToken);
    expect(next.principal).toEqual(visitor);
    expect(await sessions.list(owner)).toEqual([]);
  });

  test('is ended by its own id, by whoever it is of, or with all others', async () => {
    const sessions = sessionsOf();
    const [one, two, three] = [await begin(sessions), await begin(sessions), await begin(sessions)];
    const bob = ownerOf(createPrincipal({ realm: localRealm, subject: 'usr_bob' }));
    expect(await sessions.end(bob, one.sessionId)).toBe(false);
    expect(isEnded(one.sessionId)).toBe(false);
    expect(await sessions.end(owner, one.sessionId)).toBe(true);
    expect(await sessions.end(owner, one.sessionId)).toBe(false);
    expect(await sessions.endAll(owner, two.sessionId)).toBe(1);
    expect([one, two, three].map(({ sessionId }) => isEnded(sessionId))).toEqual([true, false, true]);
    expect(await sessions.refresh(three.refreshToken, laptop)).toMatchObject({ kind: 'refused' });
    await refreshed(sessions, two.refreshToken);
  });

  test('is found in its tenant, in parts and by whose it is, and ended there', async () => {
    const sessions = sessionsOf();
    const { tenant } = owner;
    const guest: OwnerKey = { ...owner, realm: 'https://login.example.com', subject: 'bob' as OwnerKey['subject'] };
    const ids: string[] = [];
    for (const [of, via] of [
      [owner, 'password'],
      [guest, 'example'],
      [owner, 'password'],
    ] as const) {
      now += 1;
      const vouched = { sub: 'bob', email: 'bob@example.com' };
      const { sessionId, refreshToken } = await sessions.begin({ owner: of, via, vouched, ...laptop });
      useSecret(refreshToken);
      ids.push(sessionId);
    }
    const [first = '', second_ = '', third = ''] = ids;
    const found = async (page: Parameters<UserSessions['listIn']>[1], of = tenant) =>
      (await sessions.listIn(of, page)).map(({ sessionId, owner: { realm, subject } }) => [sessionId, realm, subject]);
    const bobs = [second_, guest.realm, 'bob'];
    expect(await found({ limit: 9 })).toEqual([[third, 'local', 'usr_alice'], bobs, [first, 'local', 'usr_alice']]);
    const after = { time: now, id: third };
    expect(await found({ limit: 1, after })).toEqual([bobs]);
    expect(await found({ limit: 9, subject: 'bob' })).toEqual([bobs]);
    expect(await found({ limit: 9 }, 'other' as TenantId)).toEqual([]);

    expect(await sessions.endIn('other' as TenantId, second_)).toBeUndefined();
    expect(isEnded(second_)).toBe(false);
    expect(await sessions.endIn(tenant, second_)).toEqual(guest);
    expect(ids.map(isEnded)).toEqual([false, true, false]);
    expect(await sessions.endIn(tenant, second_)).toBeUndefined();
    expect((await found({ limit: 9 })).map(([id]) => id)).toEqual([third, first]);
    now += 31 * day;
    expect(await found({ limit: 9 })).toEqual([]);
  });

  test('is ended by its tokens, and by nothing else', async () => {
    const sessions = sessionsOf();
    const [one, two, three] = [await begin(sessions), await begin(sessions), await begin(sessions)];
    expect(await sessions.revokeToken(one.token)).toBe(true);
    expect(await sessions.revokeToken(two.refreshToken)).toBe(true);
    expect(await sessions.revokeToken(two.refreshToken)).toBe(false);
    expect(await sessions.revokeToken(three.refreshToken.replace('_0_', '_1_'))).toBe(false);
    expect([one, two, three].map(({ sessionId }) => isEnded(sessionId))).toEqual([true, true, false]);
    expect(await sessions.list(owner)).toHaveLength(1);
  });

  test('has no row from which a token could be made', async () => {
    const sessions = sessionsOf();
    const { refreshToken, sessionId } = await begin(sessions);
    const familyId = refreshToken.split('_')[2] ?? '';
    const row = await stores.sessions.findFamily(familyId);
    expect(row?.sessionId).toBe(sessionId);
    expect(row?.pepperId).toBe(createPepper(new Secret('p'.repeat(40))).id);
    expect(JSON.stringify({ ...row, salt: Buffer.from(row?.salt ?? []).toString('base64url') })).not.toContain(
      refreshToken.slice(-43),
    );
  });
});

import {
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
} from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';
import { providersSchema } from '../sign-in/options.js';
import { createReadVouched } from '../sign-in/read-vouched.js';

/* Which sessions are kept, how many, and for how long what they have shown counts. */

const start = Date.parse('2026-01-01T00:00:00Z');
const second = 1000;
const tokenTime = 900 * second;
const tenant = 'default' as TenantId;
const owner: OwnerKey = ownerOf(createPrincipal({ realm: localRealm, subject: 'usr_alice' }));
const issuer = 'https://login.example.com';
const visitor = ownerOf(createPrincipal({ realm: issuer, subject: 'v1' }));
const word = { iss: issuer, sub: 'v1', email: 'v@example.com', email_verified: true, groups: ['staff'] };
const client = { client_id: 'agents', client_secret: { env: 'SECRET' } };

describeOnDatabases((create) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;
  let revoked: Revocation[];
  const clock = { now: () => now };

  function sessionsOf({
    providers = {},
    idle = 3600 * second,
  }: {
    readonly providers?: object;
    readonly idle?: number;
  } = {}) {
    return createUserSessions({
      open: async () => stores,
      tokens: {
        sign: async ({ sessionId, notAfter }) => ({ token: sessionId, expiresAt: Math.min(now + tokenTime, notAfter) }),
        read: async () => undefined,
      },
      peppers: () => createPeppers(new Secret('p'.repeat(40)), []),
      revocations: {
        revoke: async (more) => {
          for (const one of more) revoked.push(one);
        },
      },
      times: { idleMilliseconds: idle, lifetimeMilliseconds: 7200 * second, graceMilliseconds: 0 },
      readVouched: createReadVouched(providersSchema.parse(providers)),
      clock,
    });
  }

  const isEnded = ({ sessionId }: Pick<IssuedSession, 'sessionId'>) =>
    revoked.some((one) => one.kind === 'session' && one.sessionId === sessionId);

  beforeEach(async () => {
    now = start;
    revoked = [];
    database = await create();
    stores = await database.open(clock);
    await stores.users.add({ id: 'usr_alice', tenant, username: 'alice', roles: ['user'], passwordHash: 'x' });
  });
  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  test('a session of a provider is good while that is offered, and a password’s goes on', async () => {
    const offered = sessionsOf({ providers: { example: { issuer, ...client } } });
    const cases = [
      ['the same', { example: { issuer, ...client } }, 'refreshed'],
      ['gone', {}, 'refused'],
      ['another issuer under its name', { example: { issuer: 'https://other.example.com', ...client } }, 'refused'],
      ['its issuer under another name', { other: { issuer, ...client } }, 'refused'],
    ] as const;
    for (const [what, providers, kind] of cases) {
      const begun = await offered.begin({ owner: visitor, via: 'example', vouched: word });
      const result = await sessionsOf({ providers }).refresh(begun.refreshToken, {});
      expect([what, result.kind, isEnded(begun)]).toEqual([what, kind, false]);
      // Another process may have a file by which it is good, and it still is.
      if (kind === 'refused') expect((await offered.refresh(begun.refreshToken, {})).kind).toBe('refreshed');
      const byPassword = await offered.begin({ owner, via: 'password' });
      const next = await sessionsOf({ providers }).refresh(byPassword.refreshToken, {});
      expect([what, next.kind]).toEqual([what, 'refreshed']);
    }
    expect(await stores.sessions.list(visitor)).toHaveLength(4);
    for (const via of ['example', 'password', 'toString']) {
      await expect(sessionsOf().begin({ owner: visitor, via, vouched: word })).rejects.toThrow(SessionRefusedError);
    }
  });

  test('who it is of is read again from what was said, by the configuration of now', async () => {
    const allow = { emails: ['v@example.com'] };
    const roles = { claim: 'groups', map: { staff: ['admin'] }, always: ['user'] };
    const first = { issuer, ...client, allow, roles, tenant: 'team', claims: { mail: 'email' } };
    const inTeam = ownerOf(createPrincipal({ realm: issuer, subject: 'v1', tenant: 'red' }));
    const vouched = { ...word, team: 'red' };
    const cases: readonly (readonly [string, object, readonly string[] | undefined])[] = [
      ['the same', {}, ['user', 'admin']],
      ['a value gives another role', { roles: { ...roles, map: { staff: ['reader'] } } }, ['user', 'reader']],
      ['nothing gives a role', { roles: [] }, []],
      [
        'somebody else is allowed as well',
        { allow: { emails: ['w@example.com', 'v@example.com'] } },
        ['user', 'admin'],
      ],
      ['nobody is named any more', { allow: undefined }, ['user', 'admin']],
      ['they are allowed no more', { allow: { emails: ['w@example.com'] } }, undefined],
      ['allowed is who brings what was never said', { allow: { claims: { level: ['high'] } } }, undefined],
      ['the tenant is another claim', { tenant: 'department' }, undefined],
      ['there are no tenants any more', { tenant: undefined }, undefined],
      ['a claim of roles was said as what is no list', { roles: { ...roles, claim: 'email_verified' } }, undefined],
    ];
    for (const [what, changes, expected] of cases) {
      const begun = await sessionsOf({ providers: { example: first } }).begin({
        ...{ owner: inTeam, via: 'example', vouched },
      });
      expect(begun.principal).toMatchObject({ roles: ['user', 'admin'], claims: { mail: 'v@example.com' } });
      const later = await sessionsOf({ providers: { example: { ...first, ...changes } } }).refresh(
        ...([begun.refreshToken, {}] as const),
      );
      const found = later.kind === 'refreshed' ? later.issued.principal.roles : undefined;
      expect([what, found, isEnded(begun)]).toEqual([what, expected, false]);
    }
  });

  test('one owner has a hundred at most: those end that were used longest ago', async () => {
    const sessions = sessionsOf();
    const elsewhere = ownerOf(createPrincipal({ realm: localRealm, subject: 'usr_bob' }));
    await stores.users.add({ id: 'usr_bob', tenant, username: 'bob', roles: [], passwordHash: 'x' });
    const ofBob = await sessions.begin({ owner: elsewhere, via: 'password' });
    const begun: IssuedSession[] = [];
    for (let index = 0; index < 100; index += 1) {
      now += second;
      begun.push(await sessions.begin({ owner, via: 'password' }));
    }
    expect(revoked).toEqual([]);
    const [first, next, third] = begun;
    // The first is in use.
    await sessions.refresh(first?.refreshToken ?? '', {});
    // Also where the clock is put back, the one that begins is not the one that ends.
    now -= 1000 * second;
    const two = [await sessions.begin({ owner, via: 'password' })];
    now += 1001 * second;
    two.push(await sessions.begin({ owner, via: 'password' }));
    const live = new Set((await sessions.list(owner)).map(({ sessionId }) => sessionId));
    expect(live.size).toBe(100);
    expect([first, next, third, ...two].map((one) => live.has(one?.sessionId ?? ''))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(revoked).toHaveLength(2);
    expect([next, two[0]].map((one) => one && isEnded(one))).toEqual([true, true]);
    expect((await sessions.refresh(next?.refreshToken ?? '', {})).kind).toBe('refused');
    expect((await sessions.refresh(ofBob.refreshToken, {})).kind).toBe('refreshed');
  });

  test('however many there are, all end', async () => {
    const sessions = sessionsOf();
    const { sessionId } = await sessions.begin({ owner, via: 'password' });
    // More than a statement of either database takes parameters.
    const columns =
      'tenant, realm, subject, vouched, via, generation, rotated_at, rotated_by, salt, pepper_id, created_at, last_used_at, idle_until, expires_at';
    await database.execute(`
      with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 66000)
      insert into sessions (family_id, session_id, ${columns})
      select 'f' || n, 'ses_' || n, ${columns} from numbers cross join sessions where session_id = '${sessionId}'`);
    expect(await sessions.endAll(owner, 'ses_7')).toBe(66_000);
    expect(revoked).toHaveLength(66_000);
    expect((await sessions.list(owner)).map((one) => one.sessionId)).toEqual(['ses_7']);
  });

  test('what nobody uses any more shows nothing any more, and can be taken back as long as it might count', async () => {
    const idle = 60 * second;
    const sessions = sessionsOf({ idle });
    const begun = await sessions.begin({ owner, via: 'password' });
    expect(begun.expiresAt).toBe(start + idle);
    now += idle - second;
    const result = await sessions.refresh(begun.refreshToken, {});
    expect(result.kind === 'refreshed' && result.issued.expiresAt).toBe(now + idle);
    now += idle;
    expect(await sessions.list(owner)).toEqual([]);
    // Somebody else's sign-in clears away what has run out.
    const providers = { example: { issuer, ...client } };
    await sessionsOf({ providers }).begin({ owner: visitor, via: 'example', vouched: word });
    expect(await sessions.endAll(owner)).toBe(0);
    expect(isEnded(begun)).toBe(true);
  });
});

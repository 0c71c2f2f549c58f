import { createLogin, loginAuthOptionsSchema } from '@agentflow/authentication';
import {
  attemptPolicies,
  type BaseAuth,
  createAttempts,
  createKeyDigest,
  createMemoryCounters,
  createPeppers,
  createPrincipal,
  defaultAttemptNumbers,
  type IssuingSurroundings,
  localRealm,
  ownerOf,
  Secret,
  silentLog,
  type TenantId,
} from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import { createManualClock, describeBaseAuth } from 'agentflow/testing';
import { afterAll, describe, test } from 'vitest';
import { createSecret } from '../harness/project.js';
import { signToken } from '../harness/tokens.js';

/* Whoever has signed in is known as every other backend's people are. */

const start = Date.parse('2026-01-01T00:00:00Z');
const clock = createManualClock(start);
const stores = await openSqlite(':memory:', clock);
afterAll(() => stores.close());
const secret = createSecret();
const peppers = createPeppers(new Secret(createSecret()), []);
const attempts = createAttempts({
  counters: createMemoryCounters({ clock }),
  digest: createKeyDigest(Buffer.from(createSecret())),
  policies: () => attemptPolicies(defaultAttemptNumbers),
});

const surroundings: IssuingSurroundings = {
  ...{ directory: '.', path: ['auth'], environment: { JWT_SECRET_KEY: secret }, isLiteral: () => false, strict: true },
  ...{ clock, warn: () => undefined, announce: () => undefined, log: silentLog, isTrial: true, isReload: false },
  openStores: async () => stores,
  revocations: {
    isRevoked: () => false,
    isRetired: () => false,
    onChange: () => () => undefined,
    revoke: async () => undefined,
    apply: () => undefined,
  },
  obtainPeppers: () => peppers,
  publicUrl: () => 'https://agents.example.com',
  openAttempts: async () => attempts,
  openCounters: () => Promise.reject(new Error('not needed')),
};

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const runner = { describe, test };
const providersOf = (providers: object) => loginAuthOptionsSchema.parse({ method: 'login', providers }).providers;

for (const id of ['usr_alice', 'usr_bob']) {
  const user = { id, username: id.slice(4), roles: ['user'], passwordHash: undefined };
  await stores.users.add({ ...user, tenant: (id === 'usr_bob' ? 'acme' : 'default') as TenantId });
}

for (const algorithm of ['EdDSA', 'ES256', 'HS256'] as const) {
  const providers = { home: { issuer: 'https://login.example.com', client_id: 'us', roles: ['guest'] } };
  const options = loginAuthOptionsSchema.parse({ method: 'login', algorithm, token_ttl: '1m', providers });
  const make = () => createLogin(options, surroundings);
  const gone = { issuer: 'https://gone.example.com', client_id: 'us' };
  const before = await createLogin(
    { ...options, providers: { ...options.providers, ...providersOf({ gone }) } },
    surroundings,
  );
  const { sessions } = await make();
  const begin = (subject: string, tenant: string, realm = localRealm, via = 'password') =>
    sessions.begin({
      owner: ownerOf(createPrincipal({ realm, subject, tenant })),
      via,
      vouched: { iss: realm, sub: subject },
    });
  const [alice, bob] = [await begin('usr_alice', 'default'), await begin('usr_bob', 'acme')];
  const leaver = await before.sessions.begin({
    ...{ owner: ownerOf(createPrincipal({ realm: gone.issuer, subject: 'leaver' })), via: 'gone' },
    vouched: { iss: gone.issuer, sub: 'leaver' },
  });
  const visitor = await begin('visitor', 'default', providers.home.issuer, 'home');
  const [head = '', , signature = ''] = alice.token.split('.');
  const other = bob.token.split('.')[1] ?? '';
  const claims = { iss: 'agentflow', aud: 'agentflow', sub: 'usr_alice', exp: start / 1000 + 60, tenant: 'default' };
  const withoutSession = signToken({ ...claims, jti: 'x' }, secret, { alg: 'HS256', typ: 'at+jwt' });

  describeBaseAuth(`login by ${algorithm}`, async (): Promise<BaseAuth> => (await make()).backend, {
    good: [
      { what: "alice's token", headers: bearer(alice.token), subject: 'usr_alice', roles: ['user'] },
      { what: "bob's token", headers: bearer(bob.token), subject: 'usr_bob', roles: ['user'], tenant: 'acme' },
      { what: "a visitor's token", headers: bearer(visitor.token), subject: 'visitor', roles: ['guest'] },
    ],
    bad: [
      { what: 'a refresh token', headers: bearer(alice.refreshToken), answer: 'rejected' },
      { what: 'a forged token', headers: bearer(`${head}.${other}.${signature}`), answer: 'rejected' },
      { what: 'a token of a provider that is offered no more', headers: bearer(leaver.token), answer: 'rejected' },
      { what: 'a token with padding', headers: bearer(`${alice.token}=`), answer: 'rejected' },
      {
        what: 'a token of no session',
        headers: bearer(withoutSession),
        answer: algorithm === 'HS256' ? 'rejected' : 'not-applicable',
      },
      {
        what: "another issuer's token",
        headers: bearer(signToken({ ...claims, iss: 'another' }, secret, { alg: 'HS256', typ: 'at+jwt' })),
        answer: 'not-applicable',
      },
      { what: 'what is no token', headers: bearer('conformance'), answer: 'not-applicable' },
      { what: 'another scheme', headers: { Authorization: 'Basic YWxpY2U6YWxpY2U=' }, answer: 'not-applicable' },
    ],
    expiring: {
      what: "alice's token",
      headers: bearer(alice.token),
      ...{ clock, expiresAt: start + 60_000, toleranceMilliseconds: 5_000 },
    },
    runner,
  });
}

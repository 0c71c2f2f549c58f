import {
  apiKeyAuthOptionsSchema,
  basicAuthOptionsSchema,
  createApiKeyAuth,
  createBasicAuth,
  createCustomAuth,
  createJwtAuth,
  createLocalAuth,
  createOAuthAuth,
  customAuthOptionsSchema,
  jwtAuthOptionsSchema,
  localAdministrator,
  oauthAuthOptionsSchema,
} from '@agentflow/authentication';
import { type BackendSurroundings, createPeppers, createPrincipal, type Log, Secret, silentLog } from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import { type BaseAuthCases, createManualClock, describeBaseAuth } from 'agentflow/testing';
import { beforeEach, describe, test } from 'vitest';
import { faultyProvider, hangs } from '../harness/faulty-provider.js';
import { issueOn } from '../harness/key-issuing.js';
import { createKeyPair } from '../harness/key-pairs.js';
import { createSecret } from '../harness/project.js';
import { signToken } from '../harness/tokens.js';
import { answering, verifyEndpoint } from '../harness/verify-endpoint.js';

/* Every authentication backend of ours passes what we ask of others'. */

const runner = { describe, test };
const start = Date.parse('2026-01-01T00:00:00Z');
const seconds = start / 1000;

function surroundings(
  clock = createManualClock(start),
): BackendSurroundings & { readonly log: Log; readonly isTrial: boolean } {
  return {
    ...{ directory: '.', path: ['auth'], environment: {}, isLiteral: () => false, strict: true },
    clock,
    warn: () => undefined,
    ...{ log: silentLog, isTrial: true },
  };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** The same people and the same faults, whoever signs. */
function tokenCases(sign: (payload: object) => string, forge: (payload: object) => string): BaseAuthCases {
  const clock = jwtClock;
  const alice = { sub: 'alice', role: 'user', exp: seconds + 60, iss: 'https://issuer.example', aud: 'agents' };
  return {
    good: [
      { what: "alice's token", headers: bearer(sign(alice)), subject: 'alice', roles: ['user'] },
      {
        what: "bob's token, with scopes and claims",
        headers: bearer(sign({ ...alice, sub: 'bob', role: ['admin', 'user'], scope: 'graph:*', email: 'b@c' })),
        ...{ subject: 'bob', roles: ['admin', 'user'], scopes: ['graph:*'], tenant: 'default' },
      },
    ],
    bad: [
      { what: 'a forged token', headers: bearer(forge(alice)), answer: 'rejected' },
      {
        what: 'a token that has ended',
        headers: bearer(sign({ ...alice, exp: seconds - 60 })),
        ...{ answer: 'rejected', code: 'TOKEN_EXPIRED' },
      },
      { what: 'a token without an end', headers: bearer(sign({ ...alice, exp: undefined })), answer: 'rejected' },
      { what: 'a token without a subject', headers: bearer(sign({ ...alice, sub: undefined })), answer: 'rejected' },
      { what: 'a subject in a list', headers: bearer(sign({ ...alice, sub: ['alice'] })), answer: 'rejected' },
      { what: 'what is no token', headers: bearer('conformance'), answer: 'not-applicable' },
      { what: 'another scheme', headers: { Authorization: 'Basic YWxpY2U6YWxpY2U=' }, answer: 'not-applicable' },
    ],
    expiring: {
      what: 'with a tolerance of ten seconds',
      headers: bearer(sign(alice)),
      ...{ clock, expiresAt: alice.exp * 1000, toleranceMilliseconds: 10_000 },
    },
    runner,
  };
}

const jwtClock = createManualClock(start);
const secret = createSecret();

describeBaseAuth(
  'jwt by secret',
  () =>
    createJwtAuth(
      jwtAuthOptionsSchema.parse({
        ...{ method: 'jwt', secret, clock_tolerance: '10s', issuer: 'https://issuer.example', audience: 'agents' },
      }),
      surroundings(jwtClock),
    ),
  tokenCases(
    (payload) => signToken(payload, secret),
    (payload) => signToken(payload, createSecret()),
  ),
);

const [pair, otherPair] = [createKeyPair('ES256'), createKeyPair('ES256')];

describeBaseAuth(
  'jwt by public key',
  () =>
    createJwtAuth(
      jwtAuthOptionsSchema.parse({
        ...{ method: 'jwt', algorithm: 'ES256', public_key: pair.pem, clock_tolerance: '10s' },
        ...{ issuer: 'https://issuer.example', audience: 'agents' },
      }),
      surroundings(jwtClock),
    ),
  {
    ...tokenCases(
      (payload) => pair.sign(payload),
      (payload) => otherPair.sign(payload),
    ),
  },
);

const [aliceKey, bobKey, endedKey] = [createSecret(), createSecret(), createSecret()];
const keyClock = createManualClock(start);

describeBaseAuth(
  'api_key',
  () => {
    const keys = [
      { id: 'alice', key: aliceKey, subject: 'alice', roles: ['user'], expires_at: '2026-01-01T00:01:00Z' },
      { id: 'bob', key: bobKey, subject: 'bob', scopes: ['graph:*'], tenant: 'acme', claims: { email: 'b@c' } },
      { id: 'ended', key: endedKey, subject: 'carol', expires_at: '2025-12-31T23:59:59Z' },
    ];
    const options = apiKeyAuthOptionsSchema.parse({ method: 'api_key', bearer: true, keys });
    return createApiKeyAuth(options, surroundings(keyClock), undefined).backend;
  },
  {
    good: [
      { what: "alice's key", headers: { 'X-API-Key': aliceKey }, subject: 'alice', roles: ['user'] },
      { what: "bob's key", headers: { 'X-API-Key': bobKey }, subject: 'bob', scopes: ['graph:*'], tenant: 'acme' },
      { what: "bob's key as a Bearer token", headers: bearer(bobKey), subject: 'bob' },
    ],
    bad: [
      { what: 'an unknown key', headers: { 'X-API-Key': createSecret() }, answer: 'rejected' },
      { what: 'a key that has ended', headers: { 'X-API-Key': endedKey }, answer: 'rejected', code: 'AUTH_REQUIRED' },
      { what: "another's Bearer token", headers: bearer(createSecret()), answer: 'not-applicable' },
      { what: 'a key in another place', headers: { 'X-Other-Key': aliceKey }, answer: 'not-applicable' },
    ],
    expiring: { what: "alice's key", headers: { 'X-API-Key': aliceKey }, clock: keyClock, expiresAt: start + 60_000 },
    runner,
  },
);

const issuingClock = createManualClock(start);
const issuing = await issueOn({
  clock: issuingClock,
  stores: await openSqlite(':memory:', issuingClock),
  options: { bearer: true },
});
const issueKey = async (subject: string, more: object = {}, who: object = {}) => {
  const principal = createPrincipal({ realm: 'https://issuer.example', subject, roles: ['user'], ...who });
  const none = { expiresAt: undefined, scopes: undefined, roles: undefined, rate: undefined, quota: undefined };
  const issued = await issuing.apiKeys.issue({ principal, credentialId: undefined }, { name: 'n', ...none, ...more });
  if (issued === undefined) throw new Error('there are too many keys');
  return issued;
};
const [aliceIssued, bobIssued, endingIssued, revokedIssued] = [
  (await issueKey('alice')).key,
  (await issueKey('bob', { scopes: ['graph:*'], roles: ['admin'] }, { tenant: 'acme', roles: ['admin', 'user'] })).key,
  (await issueKey('carol', { expiresAt: start + 60_000 })).key,
  await issueKey('dora'),
];
await issuing.apiKeys.revoke(revokedIssued.stored.id, revokedIssued.stored.owner);

describeBaseAuth('api_key that issues', () => issuing.backend, {
  good: [
    {
      what: "alice's key",
      headers: { 'X-API-Key': aliceIssued },
      ...{ subject: 'alice', roles: ['user'], realm: 'https://issuer.example' },
    },
    {
      what: "bob's key, narrowed, as a Bearer token",
      headers: bearer(bobIssued),
      ...{ subject: 'bob', roles: ['admin'], scopes: ['graph:*'], tenant: 'acme', realm: 'https://issuer.example' },
    },
  ],
  bad: [
    { what: 'a key that was revoked', headers: { 'X-API-Key': revokedIssued.key }, answer: 'rejected' },
    { what: 'a key with another end', headers: { 'X-API-Key': `${aliceIssued.slice(0, -1)}_` }, answer: 'rejected' },
    { what: 'an unknown key', headers: { 'X-API-Key': createSecret() }, answer: 'rejected' },
    { what: "another's Bearer token", headers: bearer(createSecret()), answer: 'not-applicable' },
  ],
  expiring: {
    what: 'a key that ends',
    headers: { 'X-API-Key': endingIssued },
    ...{ clock: issuingClock, expiresAt: start + 60_000 },
  },
  runner,
});
const password = createSecret();
const basicOf = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describeBaseAuth(
  'basic',
  () =>
    createBasicAuth(
      basicAuthOptionsSchema.parse({ method: 'basic', username: 'alice', password, roles: ['user'] }),
      {
        ...surroundings(),
        ...{ isReload: false, announce: () => undefined },
        openStores: () => Promise.reject(new Error('not needed')),
        openCounters: () => Promise.reject(new Error('not needed')),
        openAttempts: () => Promise.reject(new Error('not needed')),
        obtainPeppers: () => createPeppers(new Secret(password), []),
        revocations: {
          isRevoked: () => false,
          isRetired: () => false,
          revoke: () => Promise.resolve(),
          apply: () => undefined,
          onChange: () => () => undefined,
        },
      },
      () => () => Promise.reject(new Error('not needed')),
    ),
  {
    good: [
      {
        what: "alice's password",
        ...{ headers: basicOf(`alice:${password}`), secrets: [password], subject: 'alice', roles: ['user'] },
      },
    ],
    bad: [
      { what: 'another password', headers: basicOf(`alice:${createSecret()}`), answer: 'rejected' },
      { what: 'another name', headers: basicOf(`bob:${password}`), answer: 'rejected' },
      { what: 'no colon', headers: basicOf(password), answer: 'rejected' },
      { what: 'a Bearer token', headers: bearer(password), answer: 'not-applicable' },
    ],
    runner,
  },
);

describe('with a verify endpoint', () => {
  const endpoint = verifyEndpoint();
  const oauthClock = createManualClock(start);
  const tokens = { alice: createSecret(), bob: createSecret(), inactive: createSecret(), hangs: createSecret() };
  endpoint.on(tokens.alice, answering({ user_id: 'alice', role: 'user', exp: seconds + 60 }));
  endpoint.on(tokens.bob, answering({ sub: 'bob', roles: ['admin'], active: true }));
  endpoint.on(tokens.inactive, answering({ user_id: 'alice', active: false }));
  endpoint.on(tokens.hangs, () => undefined);

  describeBaseAuth(
    'oauth',
    () =>
      createOAuthAuth(
        oauthAuthOptionsSchema.parse({
          ...{ method: 'oauth', verify_url: endpoint.url, deadline: 1, cache: 0, max_connections: 100 },
          fields: { roles: ['roles', 'role'] },
        }),
        surroundings(oauthClock),
      ),
    {
      good: [
        { what: "alice's token", headers: bearer(tokens.alice), subject: 'alice', roles: ['user'] },
        { what: "bob's token", headers: bearer(tokens.bob), subject: 'bob', roles: ['admin'] },
      ],
      bad: [
        { what: 'a token that the endpoint does not know', headers: bearer(createSecret()), answer: 'rejected' },
        { what: 'a token that is not active', headers: bearer(tokens.inactive), answer: 'rejected' },
        { what: 'another scheme', headers: { Authorization: 'Basic YWxpY2U6YWxpY2U=' }, answer: 'not-applicable' },
      ],
      slow: { what: 'an endpoint that never answers', headers: bearer(tokens.hangs) },
      expiring: {
        what: "alice's token",
        headers: bearer(tokens.alice),
        ...{ clock: oauthClock, expiresAt: start + 60_000 },
      },
      runner,
    },
  );
});

describe('with a provider', () => {
  const provider = faultyProvider();
  const allow = { allow_networks: ['127.0.0.0/8'] };

  describeBaseAuth(
    'oauth by an issuer',
    () => {
      const options = {
        ...{ method: 'oauth', issuer: 'https://issuer.example', jwks_uri: provider.jwksUri, audience: 'agents' },
        ...{ type: ['at+jwt', 'JWT'], clock_tolerance: '10s', ...allow },
      };
      return createOAuthAuth(oauthAuthOptionsSchema.parse(options), surroundings(jwtClock));
    },
    tokenCases(
      (payload) => provider.pair.sign(payload),
      (payload) => otherPair.sign(payload),
    ),
  );

  const introspectionClock = createManualClock(start);
  const tokens = { alice: createSecret(), bob: createSecret(), refresh: createSecret(), hangs: createSecret() };
  beforeEach(() => {
    provider.knows(tokens.alice, { active: true, sub: 'alice', role: 'user', token_type: 'Bearer', exp: seconds + 60 });
    provider.knows(tokens.bob, { active: true, sub: 'bob', roles: ['admin'], scope: 'graph:*', token_type: 'bearer' });
    provider.knows(tokens.refresh, { active: true, sub: 'alice' });
    provider.knows(tokens.hangs, hangs);
  });

  describeBaseAuth(
    'oauth by introspection',
    () => {
      const introspection = { url: provider.introspectionUrl, client_id: 'us', client_secret: createSecret() };
      const options = { method: 'oauth', introspection, deadline: 1, cache: 0, max_connections: 100, ...allow };
      return createOAuthAuth(oauthAuthOptionsSchema.parse(options), surroundings(introspectionClock));
    },
    {
      good: [
        { what: "alice's token", headers: bearer(tokens.alice), subject: 'alice', roles: ['user'] },
        { what: "bob's token", headers: bearer(tokens.bob), subject: 'bob', roles: ['admin'], scopes: ['graph:*'] },
      ],
      bad: [
        { what: 'a token that the issuer does not know', headers: bearer(createSecret()), answer: 'rejected' },
        { what: 'a refresh token', headers: bearer(tokens.refresh), answer: 'rejected' },
        { what: 'another scheme', headers: { Authorization: 'Basic YWxpY2U6YWxpY2U=' }, answer: 'not-applicable' },
      ],
      slow: { what: 'an endpoint that never answers', headers: bearer(tokens.hangs) },
      expiring: {
        what: "alice's token",
        headers: bearer(tokens.alice),
        ...{ clock: introspectionClock, expiresAt: start + 60_000 },
      },
      runner,
    },
  );
});

/** As somebody writes it who has read the README of the contracts, and no more. */
const people: Readonly<Record<string, object>> = {
  'alice-key-0123456789': { user_id: 'alice', role: 'user' },
  'bob-key-0123456789': { user_id: 'bob', roles: ['admin'], email: 'b@c' },
};

const plugin = {
  async authenticate({ headers }: { readonly headers: Headers }) {
    const key = headers.get('X-API-Key');
    await Promise.resolve();
    return key !== null && Object.hasOwn(people, key) ? people[key] : null;
  },
};

describeBaseAuth(
  'custom',
  () => {
    const options = customAuthOptionsSchema.parse({ method: 'custom', path: 'auth.ts:plugin' });
    return createCustomAuth(options, plugin, surroundings());
  },
  {
    good: [
      { what: "alice's key", headers: { 'X-API-Key': 'alice-key-0123456789' }, subject: 'alice', roles: ['user'] },
      { what: "bob's key", headers: { 'X-API-Key': 'bob-key-0123456789' }, subject: 'bob', roles: ['admin'] },
    ],
    bad: [{ what: 'an unknown key', headers: { 'X-API-Key': 'mallory-key-0123456789' }, answer: 'not-applicable' }],
    runner,
  },
);

describeBaseAuth('local', createLocalAuth, {
  ...{ good: [], bad: [], everybody: { subject: 'local', roles: [localAdministrator] } },
  runner,
});

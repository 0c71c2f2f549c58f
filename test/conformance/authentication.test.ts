import {
  apiKeyAuthOptionsSchema,
  createApiKeyAuth,
  createCustomAuth,
  createJwtAuth,
  createLocalAuth,
  createOAuthAuth,
  customAuthOptionsSchema,
  jwtAuthOptionsSchema,
  localAdministrator,
  oauthAuthOptionsSchema,
} from '@agentflow/authentication';
import type { BackendSurroundings } from '@agentflow/core';
import { type BaseAuthCases, createManualClock, describeBaseAuth } from 'agentflow/testing';
import { describe, test } from 'vitest';
import { createKeyPair } from '../harness/key-pairs.js';
import { createSecret } from '../harness/project.js';
import { signToken } from '../harness/tokens.js';
import { answering, verifyEndpoint } from '../harness/verify-endpoint.js';

/* Every authentication backend of ours passes what we ask of others'. */

const runner = { describe, test };
const start = Date.parse('2026-01-01T00:00:00Z');
const seconds = start / 1000;

function surroundings(clock = createManualClock(start)): BackendSurroundings {
  return {
    ...{ directory: '.', path: ['auth'], environment: {}, isLiteral: () => false, strict: true },
    clock,
    warn: () => undefined,
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

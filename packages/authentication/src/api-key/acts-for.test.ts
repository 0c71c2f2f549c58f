import { type AuthenticationResult, ConfigurationError, silentLog } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { apiKeyAuthOptionsSchema, createApiKeyAuth } from './index.js';

// Made up, and of the strength that is asked for.
const keys = {
  any: 'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09',
  some: '7d0e62b8c3f1954ad86e20f7b1a53c9e0f48d7264be1930c5af8e276',
  none: '1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09c2a94f',
};

const declared = [
  {
    ...{ id: 'k-any', key: keys.any, subject: 'bot', tenant: 'acme', roles: ['runner'], scopes: ['graph:invoke'] },
    ...{ claims: { team: 'ours' }, acts_for: 'any', expires_at: '2030-01-31T00:00:00Z' },
  },
  { id: 'k-some', key: keys.some, subject: 'helper', acts_for: ['alice', 'any one not', 'a@b.example'] },
  { id: 'k-none', key: keys.none, subject: 'plain' },
];

function make(list: readonly object[] = declared) {
  const options = apiKeyAuthOptionsSchema.parse({ method: 'api_key', keys: list });
  return createApiKeyAuth(
    options,
    {
      ...{ directory: '.', path: ['auth'], environment: {}, isLiteral: () => false, strict: true },
      clock: { now: () => Date.parse('2026-01-01T00:00:00Z') },
      warn: () => undefined,
    },
    undefined,
  ).backend;
}

const backend = make();

function ask(key: string | undefined, actFor?: string): AuthenticationResult {
  const headers = new Headers({
    ...(key !== undefined && { 'X-API-Key': key }),
    ...(actFor !== undefined && { 'X-Act-For': actFor }),
  });
  const request = {
    ...{ method: 'GET', url: '/', address: '', isSecure: true, requestId: '', transport: 'http' as const },
    headers,
  };
  const context = { log: silentLog, signal: new AbortController().signal };
  return backend.authenticate(request, context, null) as AuthenticationResult;
}

describe('a key that may act for others', () => {
  test('acts for whom the header names: their own roles are nobody’s to say, tenant and scopes are the key’s', () => {
    expect(ask(keys.any, 'alice')).toMatchObject({
      kind: 'authenticated',
      principal: {
        ...{ realm: 'local', subject: 'alice', tenant: 'acme', roles: [], scopes: ['graph:invoke'], claims: {} },
        actor: { realm: 'local', subject: 'bot', roles: ['runner'] },
      },
      evidence: { credentialId: 'k-any', expiresAt: Date.parse('2030-01-31T00:00:00Z') },
    });
  });

  test('acts as itself where nobody is named', () => {
    const answer = ask(keys.any);
    expect(answer).toMatchObject({ principal: { subject: 'bot', roles: ['runner'], claims: { team: 'ours' } } });
    expect(answer).not.toHaveProperty('principal.actor');
  });

  test.each(['alice', 'any one not', 'a@b.example'])('in a list, for %s', (name) => {
    expect(ask(keys.some, name)).toMatchObject({ principal: { subject: name, actor: { subject: 'helper' } } });
  });
});

describe('rejected, and never passed over', () => {
  test.each<[string, string, string, string]>([
    ['another than the list has', keys.some, 'bob', 'the key k-some does not act for "bob"'],
    ['in capitals', keys.some, 'Alice', 'the key k-some does not act for "Alice"'],
    ['a prefix', keys.some, 'alic', 'the key k-some does not act for "alic"'],
    ['percent-encoded', keys.some, '%61lice', 'the key k-some does not act for "%61lice"'],
    ['a key that acts for nobody', keys.none, 'alice', 'the key k-none does not act for "alice"'],
    ['a key that acts for nobody, as itself', keys.none, 'plain', 'the key k-none does not act for "plain"'],
    ['nobody', keys.any, '', 'X-Act-For names nobody'],
    ['two', keys.any, 'alice, bob', 'X-Act-For names nobody'],
    ['a comma', keys.any, 'alice,', 'X-Act-For names nobody'],
    ['a letter beyond ASCII', keys.any, 'älice', 'X-Act-For names nobody'],
    ['a tab', keys.any, 'ali\tce', 'X-Act-For names nobody'],
    ['256 characters', keys.any, 'a'.repeat(256), 'X-Act-For names nobody'],
    ['the key itself', keys.any, keys.any, 'X-Act-For names nobody'],
    ['another key', keys.any, keys.none, 'X-Act-For names nobody'],
    ['the word of the list', keys.some, 'any', 'the key k-some does not act for "any"'],
    ['an unknown key', keys.any.toUpperCase(), 'alice', 'the key is not known'],
  ])('%s', (_what, key, name, reason) => {
    expect(ask(key, name)).toEqual({ kind: 'rejected', reason, code: 'AUTH_REQUIRED' });
  });

  test('without a key it is for another backend, which the pipeline sees to', () => {
    expect(ask(undefined, 'alice')).toMatchObject({ kind: 'not-applicable' });
  });
});

describe('the configuration', () => {
  test('the start names the keys, and pages may send the header where there is one', () => {
    expect(backend.describe()).toMatch(/^X-API-Key, 3 keys from .*; "k-any", "k-some" may act for others$/);
    expect([backend.companionHeaders?.(), backend.credentialHeaders?.()]).toEqual([['X-Act-For'], ['X-API-Key']]);
    const plain = make(declared.slice(2));
    expect([plain.companionHeaders?.(), plain.describe()]).toEqual([[], expect.not.stringContaining('act for')]);
  });

  test.each<[string, unknown]>([
    ['a text that is not "any"', 'alice'],
    ['an empty list', []],
    ['a name that no header can carry', ['älice']],
    ['a comma', ['Smith, Alice']],
    ['an outer space', [' alice']],
    ['nobody', ['']],
    ['a number', [7]],
    ['true', true],
  ])('%s is a fault', (_what, acts_for) => {
    const key = { id: 'a', key: keys.any, subject: 'bot', acts_for };
    expect(apiKeyAuthOptionsSchema.safeParse({ method: 'api_key', keys: [key] }).success).toBe(false);
    expect(() => make([{ ...key, acts_for: 'any' }])).not.toThrow(ConfigurationError);
  });

  test('the header cannot be the key’s own', () => {
    for (const header of ['X-Act-For', 'x-act-for']) {
      expect(apiKeyAuthOptionsSchema.safeParse({ method: 'api_key', header }).success).toBe(false);
    }
  });
});

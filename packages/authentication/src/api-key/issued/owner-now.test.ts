import { createPrincipal, type OwnerKey, type StoredUser, type TenantId } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { findOwnerNow, principalOf } from './owner-now.js';

/* What the owner of a key is now, by how they are known; and what is left of it for the key. */

const owner = { tenant: 'default', realm: 'local', subject: 'usr_1' } as OwnerKey;
const row = { id: 'usr_1', tenant: 'default' as TenantId, username: 'Bob', roles: ['baker'] } as unknown as StoredUser;

describe('a user', () => {
  const find = (user: StoredUser | undefined, of = owner) =>
    findOwnerNow(
      { owner: of, holder: 'user', heldBy: undefined, ownerRoles: ['chief'] },
      { users: { find: async (id) => (id === 'usr_1' ? user : undefined) }, findConfigured: () => undefined },
    );

  test('is what their row says, not what they were', async () => {
    expect(await find(row)).toEqual({ roles: ['baker'], claims: { username: 'Bob' } });
  });

  test.each<[string, StoredUser | undefined, OwnerKey]>([
    ['gone', undefined, owner],
    ['disabled', { ...row, disabledAt: 1 }, owner],
    ['of another tenant by now', { ...row, tenant: 'other' as TenantId }, owner],
    ['of another realm, with the same id', row, { ...owner, realm: 'https://issuer.example' }],
  ])('%s: nobody', async (_what, user, of) => {
    expect(await find(user, of)).toBeUndefined();
  });
});

describe('a key of the configuration', () => {
  const find = (fields: object | undefined, heldBy: string | undefined = 'ci') =>
    findOwnerNow(
      { owner: { ...owner, subject: 'ci' } as OwnerKey, holder: 'key', heldBy, ownerRoles: ['chief'] },
      {
        users: { find: async () => row },
        findConfigured: (id) =>
          id === 'ci' && fields ? createPrincipal({ realm: 'local', subject: 'ci', ...fields }) : undefined,
      },
    );

  test('is what stands there now', async () => {
    const fields = { roles: ['builder'], scopes: ['graph:*'], claims: { team: 'a' } };
    expect(await find(fields)).toEqual(fields);
  });

  test.each<[string, object | undefined, string | undefined]>([
    ['not there any more', undefined, 'ci'],
    ["another's by now", { subject: 'somebody' }, 'ci'],
    ["of another's tenant by now", { tenant: 'acme' }, 'ci'],
    ['of no name', {}, ''],
  ])('%s: nobody', async (_what, fields, heldBy) => {
    expect(await find(fields, heldBy)).toBeUndefined();
  });
});

test('a key has those of its roles that its owner has, in the order of theirs', () => {
  const of = (roles: readonly string[] | undefined, now: readonly string[]) =>
    principalOf({ owner, roles, scopes: undefined } as never, { roles: now, scopes: undefined, claims: {} }).roles;
  expect(of(undefined, ['a', 'b'])).toEqual(['a', 'b']);
  expect(of(['b', 'c'], ['a', 'b'])).toEqual(['b']);
  expect(of([], ['a'])).toEqual([]);
});

test('a key has no scope that its owner has lost since it was made', () => {
  const of = (scopes: readonly string[] | undefined, now: readonly string[] | undefined) =>
    principalOf({ owner, roles: [], scopes } as never, { roles: [], scopes: now, claims: {} }).scopes;
  expect(of(['graph:*', 'thread:read'], undefined)).toEqual(['graph:*', 'thread:read']);
  expect(of(['graph:*', 'thread:read'], ['graph:invoke'])).toEqual(['graph:invoke']);
  expect(of(undefined, ['graph:invoke'])).toEqual(['graph:invoke']);
  expect(of(['thread:read'], ['graph:invoke'])).toEqual([]);
});

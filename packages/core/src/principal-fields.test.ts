import { describe, expect, test } from 'vitest';
import { PrincipalFieldError } from './principal-field-error.js';
import { defaultPrincipalFieldNames as names, readPrincipal } from './principal-fields.js';
import { currentUser, userOf } from './user.js';

const read = (fields: Record<string, unknown>, more: object = {}) =>
  readPrincipal({ fields, realm: 'local', names, ...more });

describe('fields become a principal', () => {
  test('roles and scopes may be a text or a list', () => {
    expect(read({ sub: 'a', role: 'admin', scope: 'graph:invoke  threads:read' })).toMatchObject({
      subject: 'a',
      roles: ['admin'],
      scopes: ['graph:invoke', 'threads:read'],
    });
    expect(read({ user_id: 'a', roles: ['x', 'y', 'x'], scp: ['s'] })).toMatchObject({
      roles: ['x', 'y'],
      scopes: ['s'],
    });
    expect(read({ sub: 'a' }).scopes).toBeUndefined();
    expect(read({ sub: 'a', scope: '' }).scopes).toEqual([]);
  });

  test('user_id counts before sub', () => {
    expect(read({ user_id: 'inner', sub: 'outer' }).subject).toBe('inner');
  });

  test('what else is plain JSON becomes a claim, and nothing can take a reserved name', () => {
    const { claims } = read({
      sub: 'a',
      email: 'a@b',
      nested: { a: [1] },
      run: () => 1,
      when: new Date(),
      _x: 1,
      tenant: 'x',
    });
    expect(claims).toEqual({ email: 'a@b', nested: { a: [1] } });
    expect(Object.isFrozen(claims)).toBe(true);
    expect(Object.isFrozen(claims['nested'])).toBe(true);
  });

  test.each([
    ['no subject', {}],
    ['a number', { sub: 42 }],
    ['a list', { sub: ['alice'] }],
    ['an object', { sub: { toString: () => 'alice' } }],
    ['nothing', { sub: '' }],
    ['a line break', { sub: 'a\nb' }],
    ['a lone surrogate', { sub: 'a\ud800' }],
    ['too long', { sub: 'a'.repeat(256) }],
    ['roles of a wrong type', { sub: 'a', roles: { admin: true } }],
    ['a role that is no text', { sub: 'a', roles: ['admin', 1] }],
    ['scopes of a wrong type', { sub: 'a', scope: 7 }],
  ])('refuses %s', (_what, fields) => {
    expect(() => read(fields)).toThrow(PrincipalFieldError);
  });

  test('a tenant is demanded where a name for it is configured', () => {
    const withTenant = { names: { ...names, tenant: ['org'] } };
    expect(read({ sub: 'a', org: 'acme' }, withTenant).tenant).toBe('acme');
    expect(() => read({ sub: 'a' }, withTenant)).toThrow('org must be a text');
    expect(read({ sub: 'a', org: 'acme' }).tenant).toBe('default');
  });
});

describe('the user that code sees', () => {
  test('holds the subject under both names, and cannot be changed', () => {
    const user = userOf(read({ sub: 'a', role: 'x', name: 'Alice' }));
    expect(user).toEqual({
      user_id: 'a',
      sub: 'a',
      realm: 'local',
      tenant: 'default',
      role: 'x',
      roles: ['x'],
      name: 'Alice',
    });
    expect(Object.isFrozen(user)).toBe(true);
    expect(currentUser({ configurable: { user } })).toBe(user);
  });

  test.each([undefined, {}, { configurable: {} }, { configurable: { user: 'alice' } }])('is demanded: %j', (config) => {
    expect(() => currentUser(config)).toThrow('found no user');
  });
});

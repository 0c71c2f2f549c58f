import { describe, expect, test } from 'vitest';
import { providersSchema } from './options.js';
import { ClaimsError, readPrincipal, wantedClaims } from './read-claims.js';
import { vouchedOf } from './read-vouched.js';
import { mayEnter } from './who-may-enter.js';

const issuer = 'https://login.example';
const google = 'https://accounts.google.com';

function options(more: object = {}) {
  const { one } = providersSchema.parse({ one: { issuer, client_id: 'agentflow', ...more } });
  if (one === undefined) throw new Error('no provider');
  return one;
}

const alice = {
  ...{ iss: issuer, sub: 'alice', email: 'Alice@Example.com', email_verified: true, preferred_username: 'alice.a' },
  ...{
    groups: ['staff', 'toString', 7 as never].slice(0, 2),
    org: { name: 'acme' },
    'https://example.com/roles': 'chief',
  },
};

describe('whose session begins', () => {
  test('the issuer is their realm; without a mapping they have no roles, and nothing is known of them but a name', () => {
    expect(readPrincipal(alice, issuer, options())).toMatchObject({
      ...{ realm: issuer, subject: 'alice', tenant: 'default', roles: [] },
      claims: { username: 'alice.a' },
    });
  });

  test('roles for everybody, or by what a claim holds', () => {
    expect(readPrincipal(alice, issuer, options({ roles: ['user'] })).roles).toEqual(['user']);
    const roles = { claim: 'groups', map: { staff: ['editor', 'user'], other: ['chief'] }, always: ['user'] };
    expect(readPrincipal(alice, issuer, options({ roles })).roles).toEqual(['user', 'editor']);
    const named = { claim: 'https://example.com/roles', map: { chief: ['administrator'] } };
    expect(readPrincipal(alice, issuer, options({ roles: named })).roles).toEqual(['administrator']);
    expect(readPrincipal({ iss: issuer, sub: 'bob' }, issuer, options({ roles })).roles).toEqual(['user']);
  });

  test('tenant and claims by path', () => {
    const found = readPrincipal(alice, issuer, options({ tenant: 'org.name', claims: { mail: 'email', no: 'none' } }));
    expect(found).toMatchObject({ tenant: 'acme', claims: { mail: 'Alice@Example.com' } });
    expect(found.claims).not.toHaveProperty('no');
  });

  test.each<[string, object, object]>([
    ['a tenant that is not there', { tenant: 'org.id' }, {}],
    ['a tenant that is no text', { tenant: 'org' }, {}],
    ['a claim of roles that is a number', { roles: { claim: 'n', map: {} } }, { n: 5 }],
    ['a claim of roles with a number among them', { roles: { claim: 'n', map: {} } }, { n: ['a', 5] }],
    ['a subject with a line break', {}, { sub: 'a\nb' }],
    ['an empty subject', {}, { sub: '' }],
  ])('%s is refused', (_what, more, said) => {
    expect(() => readPrincipal({ ...alice, ...said }, issuer, options(more))).toThrow(ClaimsError);
  });

  test('what is read is what is asked for', () => {
    const roles = { claim: 'access.roles', map: {} };
    const allow = { domains: ['example.com'], claims: { groups: ['staff'] } };
    const wanted = wantedClaims(options({ roles, allow, tenant: 'org.name', claims: { mail: 'email' } }));
    expect(wanted.toSorted()).toEqual(['access.roles', 'email', 'email_verified', 'groups', 'org.name']);
  });
});

describe('what is kept of what is said', () => {
  const kept = (more: object, said: object = {}) => vouchedOf({ ...alice, ...said }, options(more));

  test('who, what they are called, and that from which something is read', () => {
    expect(kept({})).toEqual({ iss: issuer, sub: 'alice', preferred_username: 'alice.a' });
    const roles = { claim: 'https://example.com/roles', map: {} };
    const more = { roles, tenant: 'org.name', allow: { domains: ['example.com'] }, claims: { no: 'none' } };
    const expected = { org: { name: 'acme' }, 'https://example.com/roles': 'chief' };
    const email = { email: 'Alice@Example.com', email_verified: true };
    expect(kept(more)).toEqual({ ...kept({}), ...expected, ...email });
    expect(kept(more, { hd: 'example.com' })).toHaveProperty('hd');
    expect(kept({}, { hd: 'example.com', preferred_username: 7 })).toEqual({
      ...{ iss: issuer, sub: 'alice', email: 'Alice@Example.com' },
    });
  });

  test('up to a bound', () => {
    const roles = { claim: 'groups', map: {} };
    const groups = (count: number) => Array.from({ length: count }, () => 'a'.repeat(36));
    expect(kept({ roles }, { groups: groups(1000) })).toHaveProperty('groups');
    expect(() => kept({ roles }, { groups: groups(2000) })).toThrow(ClaimsError);
    expect(kept({}, { groups: groups(2000) })).not.toHaveProperty('groups');
  });
});

describe('who may sign in', () => {
  const may = (claims: object, allow: object, by = issuer) =>
    mayEnter({ ...alice, ...claims }, by, options({ allow }).allow);

  test('everybody, where nothing says who', () => {
    expect(mayEnter(alice, issuer, undefined)).toBe(true);
  });

  test('an address, or a domain, that the provider has verified', () => {
    expect(may({}, { emails: ['alice@example.COM'] })).toBe(true);
    expect(may({}, { domains: ['EXAMPLE.com'] })).toBe(true);
    for (const email_verified of [false, 'true', undefined, 1]) {
      expect(may({ email_verified }, { emails: ['alice@example.com'], domains: ['example.com'] })).toBe(false);
    }
    expect(may({ email: 'alice@example.com.evil' }, { domains: ['example.com'] })).toBe(false);
    expect(may({ email: 'alice@sub.example.com' }, { domains: ['example.com'] })).toBe(false);
    expect(may({ email: 'a@example.com@evil.example' }, { domains: ['example.com'] })).toBe(false);
    expect(may({ email: ['alice@example.com'] }, { domains: ['example.com'] })).toBe(false);
  });

  test('of Google, the domain’s own accounts; of nobody else is "hd" believed', () => {
    expect(may({ hd: 'example.com' }, { domains: ['example.com'] }, google)).toBe(true);
    expect(may({}, { domains: ['example.com'] }, google)).toBe(false);
    expect(may({ hd: 'example.com', email: 'a@evil.example' }, { domains: ['example.com'] })).toBe(false);
  });

  test('a claim that is, or holds, one of these', () => {
    expect(may({}, { claims: { groups: ['staff'] } })).toBe(true);
    expect(may({}, { claims: { 'org.name': ['acme'] } })).toBe(true);
    expect(may({}, { claims: { groups: ['chiefs'] } })).toBe(false);
    expect(may({}, { claims: { none: ['staff'] } })).toBe(false);
  });
});

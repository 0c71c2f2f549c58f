import { ConfigurationError, createPrincipal, userOf } from '@agentflow/core';
import { actionsByResource, allPermissions } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { decisionOf } from '../../../../test/harness/policies.js';
import { createRandom } from '../../../../test/harness/random.js';
import { createRolesAuthorization, rolesAuthorizationOptionsSchema } from './index.js';

const path = ['authorization'];

function create(options: object) {
  return createRolesAuthorization(rolesAuthorizationOptionsSchema.parse({ method: 'roles', ...options }), { path });
}

function effect(options: object, roles: readonly string[], permission: string, subject = 'alice') {
  return decisionOf(create(options), userOf(createPrincipal({ realm: 'local', subject, roles })), permission).effect;
}

const guide = {
  roles: { admin: ['*'], user: ['graph:*', 'threads:read', 'memories:read'], guest: ['graph:invoke'] },
};

test.each([
  [['lead'], ['lead', 'support', 'guest']],
  [
    ['support', 'other'],
    ['support', 'other', 'guest'],
  ],
  [['guest'], ['guest']],
  [['stranger'], ['stranger']],
  [[], ['guest']],
])('somebody with %j has the roles %j', async (roles, expected) => {
  const inherits = { lead: ['support'], support: ['guest'], other: ['guest'] };
  const own = { lead: [], support: [], other: [], guest: ['graph:read'] };
  const backend = create({ roles: own, inherits, default_role: 'guest' });
  expect(await backend.rolesOf(userOf(createPrincipal({ realm: 'local', subject: 'alice', roles })))).toEqual(expected);
});

describe('what a role gives', () => {
  test.each([
    [['admin'], 'policy:write', 'allow'],
    [['user'], 'graph:stream', 'allow'],
    [['user'], 'checkpointer:read', 'allow'],
    [['user'], 'store:read', 'allow'],
    [['user'], 'checkpointer:write', 'deny'],
    [['guest'], 'graph:invoke', 'allow'],
    [['guest'], 'graph:stream', 'deny'],
    [['guest', 'user'], 'graph:stream', 'allow'],
    [['stranger'], 'graph:invoke', 'deny'],
    [['stranger', 'guest'], 'graph:invoke', 'allow'],
    [[], 'graph:invoke', 'deny'],
    [['Admin'], 'graph:invoke', 'deny'],
    [['constructor'], 'graph:invoke', 'deny'],
    [['__proto__'], 'graph:invoke', 'deny'],
    [['admin'], 'graph:fly', 'deny'],
    [['admin'], 'constructor:read', 'deny'],
  ])('%j on %s: %s', async (roles, permission, expected) => {
    expect(effect(guide, roles, permission)).toBe(expected);
  });

  test('somebody who is called like a role has nothing from it', async () => {
    expect(effect(guide, ['guest'], 'policy:write', 'admin')).toBe('deny');
    expect(effect(guide, ['admin'], 'policy:write', 'guest')).toBe('allow');
  });

  test.each([
    [[], 'allow'],
    [['stranger'], 'deny'],
  ])('default_role is for those who have none: %j: %s', async (roles, expected) => {
    expect(effect({ ...guide, default_role: 'guest' }, roles, 'graph:invoke')).toBe(expected);
  });

  test('inherits gives what is inherited, also by way of others, and never the other way', async () => {
    const inherits = { user: ['guest'], chief: ['user'] };
    const options = { roles: { guest: ['graph:invoke'], user: ['graph:stream'], chief: [] }, inherits };
    expect(effect(options, ['chief'], 'graph:invoke')).toBe('allow');
    expect(effect(options, ['chief'], 'graph:stream')).toBe('allow');
    expect(effect(options, ['guest'], 'graph:stream')).toBe('deny');
  });

  test('administrator_role has every permission, listed or not', async () => {
    const options = { roles: { user: ['graph:invoke'], root: [] }, administrator_role: 'root' };
    for (const permission of allPermissions) expect(effect(options, ['root'], permission)).toBe('allow');
    expect(effect({ roles: options.roles }, ['root'], 'graph:invoke')).toBe('deny');
  });
});

describe('faults have their path and a remedy', () => {
  test.each<[string, object, (string | number)[], RegExp, RegExp]>([
    ['no role', { roles: {} }, ['roles'], /no role/, /graph/],
    ['an unknown resource', { roles: { a: ['*', 'grph:read'] } }, ['roles', 'a', 1], /no resource "grph"/, /"graph"/],
    ['an unknown action', { roles: { a: ['graph:run'] } }, ['roles', 'a', 0], /action "run"/, /invoke|read/],
    ['no action', { roles: { a: ['store'] } }, ['roles', 'a', 0], /form resource:action/, /"store:\*"/],
    ['an unknown default', { roles: { user: [] }, default_role: 'usr' }, ['default_role'], /no role "usr"/, /"user"/],
    [
      'an unknown heir',
      { roles: { user: [] }, inherits: { amdin: ['user'] } },
      ['inherits', 'amdin'],
      /no role "amdin"/,
      /user/,
    ],
    [
      'an unknown ancestor',
      { roles: { admin: [] }, inherits: { admin: ['user'] } },
      ['inherits', 'admin', 0],
      /no role "user"/,
      /admin/,
    ],
    [
      'a circle',
      { roles: { a: [], b: [], c: [] }, inherits: { a: ['b'], b: ['c'], c: ['b'] } },
      ['inherits', 'b'],
      /circle: b → c → b/,
      /Remove/,
    ],
    ['itself', { roles: { a: [] }, inherits: { a: ['a'] } }, ['inherits', 'a'], /circle: a → a/, /Remove/],
    [
      'an administrator by default',
      { roles: { a: [] }, default_role: 'a', administrator_role: 'a' },
      ['default_role'],
      /would be administrator/,
      /insecure-allow-all/,
    ],
  ])('%s', (_what, options, where, message, remedy) => {
    let caught: unknown;
    try {
      create(options);
    } catch (error) {
      caught = error;
    }
    if (!(caught instanceof ConfigurationError)) throw new Error('no fault was found');
    const [fault] = caught.faults;
    expect(fault?.path).toEqual(['authorization', ...where]);
    expect(fault?.message).toMatch(message);
    expect(fault?.remedy).toMatch(remedy);
  });
});

test('it decides as a naive reading of the file does, for random roles and questions', async () => {
  const random = createRandom(20_261_121);
  const names = ['a', 'b', 'c', 'd', 'e'];
  const resources = Object.keys(actionsByResource);
  const counts = { allow: 0, deny: 0 };
  for (let round = 0; round < 200; round++) {
    const pattern = () =>
      random.pick(['*', `${random.pick(resources)}:*`, '*:read', random.pick(allPermissions)].slice(random(4)));
    const roles = Object.fromEntries(names.map((name) => [name, Array.from({ length: random(4) }, pattern)]));
    // Only from later to earlier names: no circle.
    const inherits = Object.fromEntries(
      names.slice(1).map((name, index) => [name, names.slice(0, index + 1).filter(() => random(3) === 0)]),
    );
    const backend = create({ roles, inherits });
    for (let ask = 0; ask < 20; ask++) {
      const has = names.filter(() => random(3) === 0);
      const permission = random.pick(allPermissions);
      const [resource = '', action = ''] = permission.split(':');
      const user = userOf(createPrincipal({ realm: 'local', subject: 'alice', roles: has }));
      const expected = naive(has, roles, inherits, resource, action) ? 'allow' : 'deny';
      expect(decisionOf(backend, user, permission).effect).toBe(expected);
      counts[expected]++;
    }
  }
  expect(Math.min(counts.allow, counts.deny)).toBeGreaterThan(500);
});

type Lists = Readonly<Record<string, readonly string[]>>;

function naive(has: readonly string[], roles: Lists, inherits: Lists, resource: string, action: string): boolean {
  return has.some(
    (role) =>
      (roles[role] ?? []).some((text) => {
        const [one, other] = text === '*' ? ['*', '*'] : text.split(':');
        return (one === '*' || one === resource) && (other === '*' || other === action);
      }) || naive(inherits[role] ?? [], roles, inherits, resource, action),
  );
}

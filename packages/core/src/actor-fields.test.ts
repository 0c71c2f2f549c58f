import { describe, expect, test } from 'vitest';
import { actingPrincipals } from './acting-principals.js';
import { actorsOf, maxActors } from './actor.js';
import { createPrincipal } from './principal.js';
import { PrincipalFieldError } from './principal-field-error.js';
import { defaultPrincipalFieldNames as names, readPrincipal } from './principal-fields.js';
import { userOf } from './user.js';

const issuer = 'https://issuer.example';
const read = (act: unknown, more: object = {}, realm = 'local') =>
  readPrincipal({ fields: { sub: 'alice', act, ...more }, realm, names });

/** So many in a row, the innermost last. */
function chainOf(length: number): object {
  return length === 1 ? { sub: 'a1' } : { sub: `a${length}`, act: chainOf(length - 1) };
}

describe('who acts', () => {
  test('is read with its roles and who acted before it, current first', () => {
    const principal = read({
      sub: 'bot',
      roles: ['runner'],
      act: { sub: 'planner', role: 'x', actor: { sub: 'gate' } },
    });
    expect(actorsOf(principal)).toMatchObject([
      { realm: 'local', subject: 'bot', roles: ['runner'] },
      { realm: 'local', subject: 'planner', roles: ['x'] },
      { realm: 'local', subject: 'gate', roles: [] },
    ]);
    expect([principal.subject, principal.roles, principal.claims]).toEqual(['alice', [], {}]);
  });

  test('may be named "actor" too, and nobody acts where neither is there', () => {
    expect(read(undefined, { actor: { sub: 'bot' } }).actor?.subject).toBe('bot');
    expect(actorsOf(read(undefined))).toEqual([]);
    expect(Object.hasOwn(read(undefined), 'actor')).toBe(false);
  });

  test.each<[string, object, object, string, string]>([
    ['without an issuer', {}, {}, 'local', 'local'],
    ['without an issuer, of an issuer', {}, { iss: issuer }, issuer, issuer],
    [
      'of the credential’s own issuer, whatever the realm is called',
      { iss: issuer },
      { iss: issuer },
      'local',
      'local',
    ],
    ['of another issuer', { iss: issuer }, {}, 'local', issuer],
    ['of another issuer than the credential’s', { iss: 'https://b' }, { iss: issuer }, issuer, 'https://b'],
  ])('%s: its realm', (_what, act, more, realm, expected) => {
    expect(read({ sub: 'bot', ...act }, more, realm).actor?.realm).toBe(expected);
  });

  test('as many in a row as there may be', () => {
    expect(actorsOf(read(chainOf(maxActors)))).toHaveLength(maxActors);
    expect(() => read(chainOf(maxActors + 1))).toThrow('more than 8 actors');
  });

  test('what has no meaning inside of it is passed over', () => {
    const { actor } = read({
      sub: 'bot',
      exp: 1,
      aud: 'x',
      nbf: 9e9,
      client_id: 'c',
      scope: '*',
      may_act: { sub: 'x' },
    });
    expect(actor).toEqual({ realm: 'local', subject: 'bot', roles: [] });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'bot'],
    ['a number', 7],
    ['true', true],
    ['a list', [{ sub: 'bot' }]],
    ['an empty object', {}],
    ['no sub', { iss: issuer, client_id: 'bot' }],
    ['a sub that is nothing', { sub: '' }],
    ['a sub that is null', { sub: null }],
    ['a sub that is a number', { sub: 7 }],
    ['a sub that is a list', { sub: ['bot'] }],
    ['a sub that is an object', { sub: { toString: () => 'bot' } }],
    ['a sub that is inherited', Object.create({ sub: 'bot' })],
    ['a line break', { sub: 'bot\nadmin' }],
    ['an escape', { sub: '\u001b[2Jbot' }],
    ['a lone surrogate', { sub: 'bot\ud800' }],
    ['256 characters', { sub: 'b'.repeat(256) }],
    ['an issuer that is no text', { sub: 'bot', iss: 7 }],
    ['an issuer that is null', { sub: 'bot', iss: null }],
    ['an issuer that is nothing', { sub: 'bot', iss: '' }],
    ['an issuer with a line break', { sub: 'bot', iss: 'a\nb' }],
    ['roles of a wrong type', { sub: 'bot', roles: { admin: true } }],
    ['a role that is no text', { sub: 'bot', roles: ['x', 1] }],
    ['two before it', { sub: 'bot', act: { sub: 'a' }, actor: { sub: 'b' } }],
    ['null before it', { sub: 'bot', act: null }],
    ['a malformed one before it', { sub: 'bot', act: { sub: 'planner', act: { sub: '' } } }],
    ['a row without end', endless()],
  ])('%s is refused, never passed over', (_what, act) => {
    expect(() => read(act)).toThrow(PrincipalFieldError);
    expect(() => read({ sub: 'outer', act })).toThrow(PrincipalFieldError);
    expect(() => read(undefined, { actor: act })).toThrow(PrincipalFieldError);
  });

  test('two that act at once are refused', () => {
    expect(() => read({ sub: 'bot' }, { actor: { sub: 'bot' } })).toThrow('act and actor both say who acts');
  });

  test('no issuer makes an actor of ours', () => {
    expect(() => read({ sub: 'bot', iss: 'local' }, {}, issuer)).toThrow('must not be "local"');
    expect(read({ sub: 'bot', iss: 'local' }).actor?.realm).toBe('local');
  });

  test('one of another tenant is refused; one that names none is of the principal’s', () => {
    const withTenant = (act: object) =>
      readPrincipal({
        fields: { sub: 'alice', org: 'acme', act },
        realm: 'local',
        names: { ...names, tenant: ['org'] },
      });
    expect(withTenant({ sub: 'bot' }).actor?.subject).toBe('bot');
    expect(withTenant({ sub: 'bot', org: 'acme' }).actor?.subject).toBe('bot');
    for (const org of ['globex', ['acme'], null, 7]) {
      expect(() => withTenant({ sub: 'bot', org })).toThrow('of another tenant');
    }
  });
});

function endless(): object {
  const actor: { sub: string; act?: object } = { sub: 'bot' };
  actor.act = actor;
  return actor;
}

describe('the user that code sees', () => {
  test('has the actor, frozen, and no claim takes its name', () => {
    const user = userOf(read({ sub: 'bot', role: 'runner', act: { sub: 'planner' } }, { act_for: 'x' }));
    expect(user).toMatchObject({ sub: 'alice', roles: [], act_for: 'x' });
    expect(user.actor).toEqual({
      ...{ sub: 'bot', realm: 'local', roles: ['runner'] },
      actor: { sub: 'planner', realm: 'local', roles: [] },
    });
    expect([Object.isFrozen(user.actor), Object.isFrozen(user.actor?.actor)]).toEqual([true, true]);
    expect(user).not.toHaveProperty('act');
    expect(userOf(read(undefined))).not.toHaveProperty('actor');
    expect(() => createPrincipal({ realm: 'local', subject: 'a', actor: null as unknown as undefined })).toThrow(
      TypeError,
    );
  });
});

describe('those who act, as principals', () => {
  test('are of the same tenant, under the same scopes, without the claims of whom they act for', () => {
    const principal = createPrincipal({
      ...{ realm: 'local', subject: 'alice', tenant: 'acme', roles: ['chief'], scopes: ['graph:invoke'] },
      claims: { email: 'alice@example.com' },
      actor: { realm: issuer, subject: 'bot', roles: ['runner'], actor: { realm: 'local', subject: 'planner' } },
    });
    const scoped = { tenant: 'acme', scopes: ['graph:invoke'], claims: {} };
    expect(actingPrincipals(principal)).toEqual([
      { ...scoped, realm: issuer, subject: 'bot', roles: ['runner'] },
      { ...scoped, realm: 'local', subject: 'planner', roles: [] },
    ]);
    expect(actingPrincipals(principal)).toBe(actingPrincipals(principal));
    expect(actingPrincipals(createPrincipal({ realm: 'local', subject: 'alice' }))).toEqual([]);
  });
});

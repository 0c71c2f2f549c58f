import { actionsByResource, allPermissions, resourceAliases } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { scopesInclude } from '../pipeline/authorize/scopes.js';
import { isKnownScope, scopesOfBoth, scopesWithin } from './scope-bound.js';

/* What is within a bound leaves room for nothing that the bound does not. */

const resources = [...Object.keys(actionsByResource), ...Object.keys(resourceAliases), '*'];
const actions = [...new Set(Object.values(actionsByResource).flat()), '*'];
const all = ['*', ...resources.flatMap((resource) => actions.map((action) => `${resource}:${action}`))];

const reach = (scopes: readonly string[]) =>
  allPermissions.filter((permission) => scopesInclude(scopes, ...(permission.split(':') as [string, string])));

describe('one scope within another', () => {
  test('never reaches further, of all that there are', () => {
    const known = all.filter(isKnownScope);
    const reached = new Map(known.map((scope) => [scope, new Set<string>(reach([scope]))]));
    let within = 0;
    const further: string[] = [];
    for (const scope of known) {
      for (const bound of known) {
        if (!scopesWithin([scope], [bound])) continue;
        within += 1;
        const most = reached.get(bound);
        if ([...(reached.get(scope) ?? [])].some((one) => most?.has(one) !== true))
          further.push(`${scope} in ${bound}`);
      }
    }
    expect(further).toEqual([]);
    expect(within).toBeGreaterThan(known.length * 2);
  });

  test.each<[readonly string[] | undefined, readonly string[] | undefined, boolean]>([
    [['graph:invoke'], undefined, true],
    [undefined, undefined, true],
    [undefined, ['*'], false],
    [[], ['graph:invoke'], true],
    [['graph:invoke'], [], false],
    [['graph:invoke'], ['graph:*'], true],
    [['graph:*'], ['graph:invoke'], false],
    // It would grow with the vocabulary, and these would not.
    [['graph:*'], ['graph:invoke', 'graph:stream', 'graph:read', 'graph:stop', 'graph:fix', 'graph:setup'], false],
    [['*:read'], ['graph:*'], false],
    [['graph:*'], ['*:*'], true],
    [['*'], ['*:*'], true],
    [['threads:read'], ['checkpointer:read'], true],
    [['threads:*'], ['checkpointer:*'], true],
    [['workflow:trigger'], ['workflow:trigger'], true],
    [['workflow:trigger'], ['graph:*'], false],
    [['graph:invoke', 'store:read'], ['graph:*'], false],
    [['graph:invoke', 'store:read'], ['graph:*', 'memories:read'], true],
  ])('%j within %j: %s', (scopes, bound, expected) => {
    expect(scopesWithin(scopes, bound)).toBe(expected);
  });

  test('what is no permission is no scope', () => {
    for (const scope of ['', 'graph', 'graph:', ':invoke', 'graph:bake', '__proto__:*', 'graph:invoke:more', '**']) {
      expect([scope, isKnownScope(scope)]).toEqual([scope, false]);
    }
    for (const scope of ['*', 'graph:invoke', 'threads:*', '*:read']) expect(isKnownScope(scope)).toBe(true);
  });
});

describe('what two credentials both leave room for', () => {
  test('exactly that, of any two scopes that there are', () => {
    const known = all.filter(isKnownScope);
    const reached = new Map(known.map((scope) => [scope, reach([scope])]));
    const wrong: string[] = [];
    for (const one of known) {
      for (const other of known) {
        const most = new Set(reached.get(other));
        const expected = (reached.get(one) ?? []).filter((permission) => most.has(permission));
        const both = scopesOfBoth([one], [other]);
        if (both === undefined || String(reach(both)) !== String(expected)) wrong.push(`${one} and ${other}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each<[readonly string[] | undefined, readonly string[] | undefined, readonly string[] | undefined]>([
    [undefined, undefined, undefined],
    [['graph:*'], undefined, ['graph:*']],
    [undefined, ['graph:*'], ['graph:*']],
    [['graph:invoke', 'files:read'], ['graph:*'], ['graph:invoke']],
    [['*'], ['graph:*', 'foreign'], ['graph:*']],
    [['foreign'], ['foreign', 'graph:*'], ['foreign']],
    [['foreign'], ['*'], []],
    [['graph:invoke'], [], []],
  ])('%j and %j: %j', (one, other, both) => {
    expect(scopesOfBoth(one, other)).toEqual(both);
  });
});

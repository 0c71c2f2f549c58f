import { expect, test } from 'vitest';
import { compileScopes } from './compile-scopes.js';

test('each scope stands for all the permissions of its patterns', () => {
  const { foreignScopes, faults } = compileScopes({
    'workflow:trigger': ['graph:invoke', 'threads:read'],
    all: ['store:*'],
  });
  expect(faults).toEqual([]);
  expect([...foreignScopes].map(([scope, room]) => [scope, [...room]])).toEqual([
    ['workflow:trigger', ['graph:invoke', 'checkpointer:read']],
    ['all', ['store:read', 'store:write', 'store:delete']],
  ]);
  expect(compileScopes().foreignScopes.size).toBe(0);
});

test.each<[string, string[], (string | number)[], RegExp, RegExp]>([
  ['x', ['graph:invoke', 'grph:read'], ['scopes', 'x', 1], /no resource "grph"/, /"graph"/],
  ['x', ['graph:trigger'], ['scopes', 'x', 0], /"trigger"/, /invoke/],
  ['graph:invoke', ['graph:stream'], ['scopes', 'graph:invoke'], /already means something/, /Map only/],
  ['threads:*', [], ['scopes', 'threads:*'], /already means something/, /Map only/],
  ['*', [], ['scopes', '*'], /already means something/, /Map only/],
])('%s to %j is a fault', (scope, patterns, path, message, remedy) => {
  const { faults } = compileScopes({ [scope]: patterns });
  expect(faults[0]?.path).toEqual(path);
  expect(faults[0]?.message).toMatch(message);
  expect(faults[0]?.remedy).toMatch(remedy);
});

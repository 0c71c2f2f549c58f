import { expect, test } from 'vitest';
import { scopesInclude } from './scopes.js';

test.each([
  [undefined, 'graph', 'invoke', true],
  [[], 'graph', 'invoke', false],
  [['graph:invoke'], 'graph', 'invoke', true],
  [['graph:invoke'], 'graph', 'stream', false],
  [['graph:*'], 'graph', 'fix', true],
  [['*:read'], 'checkpointer', 'read', true],
  [['*:read'], 'checkpointer', 'write', false],
  [['*'], 'policy', 'write', true],
  [['threads:read'], 'checkpointer', 'read', true],
  [['memories:read'], 'store', 'read', true],
  [['memories:read'], 'checkpointer', 'read', false],
  [['graph'], 'graph', 'invoke', false],
  [['constructor:read'], 'checkpointer', 'read', false],
] as const)('scopes %j on %s:%s: %s', (scopes, resource, action, expected) => {
  expect(scopesInclude(scopes, resource, action)).toBe(expected);
});

test.each([
  [['workflow:trigger'], 'graph', 'invoke', true],
  [['workflow:trigger'], 'graph', 'read', false],
  [['workflow:trigger', 'graph:read'], 'graph', 'read', true],
  [['workflow:*'], 'graph', 'invoke', false],
  [['workflow:read'], 'graph', 'invoke', false],
  [['constructor'], 'graph', 'invoke', false],
  [[], 'graph', 'invoke', false],
  [undefined, 'graph', 'read', true],
] as const)('with a foreign vocabulary, scopes %j on %s:%s: %s', (scopes, resource, action, expected) => {
  const foreign = new Map([['workflow:trigger', new Set(['graph:invoke', 'graph:stream'])]]);
  expect(scopesInclude(scopes, resource, action, foreign)).toBe(expected);
});

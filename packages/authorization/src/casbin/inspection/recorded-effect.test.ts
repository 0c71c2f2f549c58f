import { expect, test } from 'vitest';
import { recordedEffect } from './recorded-effect.js';

const denied = 'ACCESS_DENIED';
const byDefault = 'no rule of the policy allows it';

test.each<[string, string | null, string | null, string | null, 'allow' | 'deny' | undefined]>([
  ['a rule that allows', null, 'policy.csv:3 allows it', 'policy.csv:3', 'allow'],
  ['the same, and what was asked for is not there', 'NOT_FOUND', 'no such thread', 'policy.csv:3', 'allow'],
  ['a model that looks at no rule', null, 'policy.csv allows it', null, 'allow'],
  ['a list of all', null, 'policy.csv allows all of them', null, 'allow'],
  ['a list of some', null, 'policy.csv allows some of them', null, 'allow'],
  ['a rule that denies', denied, 'policy.csv:6 denies it', 'policy.csv:6', 'deny'],
  ['no rule', denied, byDefault, null, 'deny'],
  ['no rule, for a list', denied, 'no rule of the policy allows any of them', null, 'deny'],
  [
    'a rule, and something more that was needed is denied by another',
    denied,
    'policy.csv:6 denies it',
    'policy.csv:3',
    'allow',
  ],
  ['a rule, and something more that was needed is allowed by none', denied, byDefault, 'policy.csv:3', 'allow'],
  ['the scopes', denied, 'the scopes of the credential do not include it', null, undefined],
  ['another backend', denied, 'not on a Sunday', null, undefined],
  ['another backend with rules of its own', denied, 'other.csv:1 denies it', 'other.csv:1', undefined],
  ['another policy', null, 'other.csv:1 allows it', 'other.csv:1', undefined],
  ['a list by another policy', null, 'other.csv allows all of them', null, undefined],
  ['a route for everybody', null, 'everybody may ask this about themselves', null, undefined],
  ['a backend that was away', 'UNAVAILABLE', 'authorization backend casbin: away', null, undefined],
])('%s', (_who, code, reason, policyId, expected) => {
  expect(recordedEffect('policy.csv', { code, reason, policyId })).toBe(expected);
});

import { expect, test } from 'vitest';
import { BadRequestError } from '../../errors.js';
import { requireOneCredential } from './one-credential.js';

const backend = (...texts: readonly string[]) => ({ backend: { ...silent, reads: () => texts } });
const silent = {
  authenticate: () => null,
  challenge: () => ({ scheme: 'X', parameters: {} }),
  describe: () => '',
  close: () => undefined,
};
const request = { headers: new Map<string, string>(), credential: null };

test.each<[string, readonly ReturnType<typeof backend>[]]>([
  ['none', [backend(), backend()]],
  ['one', [backend('a'), backend()]],
  ['the same, read by two', [backend('a'), backend('a')]],
  ['the same in two places', [backend('a', 'a')]],
])('%s passes', (_what, backends) => {
  expect(() => requireOneCredential(request, backends)).not.toThrow();
});

test.each<[string, readonly ReturnType<typeof backend>[]]>([
  ['two, read by two', [backend('a'), backend('b')]],
  ['two, read by one', [backend('a', 'b')]],
  ['a prefix', [backend('a'), backend('ab')]],
  ['an empty text and another', [backend('a', '')]],
  ['a third', [backend('a'), backend(), backend('a', 'b')]],
])('%s is refused', (_what, backends) => {
  expect(() => requireOneCredential(request, backends)).toThrow(BadRequestError);
});

test('whoever reads nothing takes no part', () => {
  expect(() => requireOneCredential(request, [backend('a'), { backend: silent }])).not.toThrow();
});

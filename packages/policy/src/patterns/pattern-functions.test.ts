import { expect, test } from 'vitest';
import { patternFunctions } from './pattern-functions.js';

test.each([
  ['keyMatch', '/a*', '/a/b'],
  ['keyMatch2', '/:id', '/a'],
  ['keyMatch3', '/{id}', '/a'],
  ['keyMatch4', '/{id}/{id}', '/a/a'],
  ['keyMatch5', '/{id}', '/a?b'],
  ['regexMatch', '^/[a-z]$', '/a'],
  ['globMatch', '/*', '/a'],
  ['ipMatch', '10.0.0.0/8', '10.1.1.1'],
])('%s is there by its name', (name, pattern, text) => {
  expect(patternFunctions.get(name)?.(pattern).matches(text)).toBe(true);
});

test('no others are', () => {
  expect(patternFunctions.size).toBe(8);
});

import { expect, test } from 'vitest';
import { isSameSecret } from './is-same-secret.js';

test.each([
  ['the same', 'abc', 'abc', true],
  ['both empty', '', '', true],
  ['another end', 'abc', 'abd', false],
  ['a part of the other', 'abc', 'ab', false],
  ['nothing', 'abc', '', false],
  ['as many characters, and more bytes', 'abc', 'abç', false],
])('%s', (_what, one, other, expected) => {
  expect([isSameSecret(one, other), isSameSecret(other, one)]).toEqual([expected, expected]);
});

import { describe, expect, test } from 'vitest';
import { keyGet, keyGet2 } from './key-get.js';
import { PatternError } from './pattern.js';

describe('keyGet', () => {
  test.each([
    ['/foo/bar/foo', '/foo/*', 'bar/foo'],
    ['/foo/', '/foo/*', ''],
    ['/foo', '/foo/*', ''],
    ['/bar/foo', '/foo/*', ''],
    ['/foo', '/foo', ''],
    ['/foobar', '/foo*', 'bar'],
  ])('of %j by %j: %j', (text, pattern, expected) => {
    expect(keyGet(text, pattern)).toBe(expected);
  });
});

describe('keyGet2', () => {
  test.each([
    ['/resource1', '/:resource', 'resource', 'resource1'],
    ['/resource1', '/:resource', 'other', ''],
    ['/a/1/b/2', '/a/:x/b/:y', 'y', '2'],
    ['/a/1/b', '/a/:x/b/:y', 'y', ''],
    ['/a/1/z', '/a/:x/*', 'x', '1'],
    ['/a/b/c', '/*/:id', 'id', 'b'],
    ['', '', 'id', ''],
  ])('of %j by %j, the value of %j: %j', (text, pattern, name, expected) => {
    expect(keyGet2(text, pattern, name)).toBe(expected);
  });

  test('rests on keyMatch2', () => {
    expect(() => keyGet2('/a', '/:', 'id')).toThrow(PatternError);
  });
});

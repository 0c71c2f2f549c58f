import { describe, expect, test } from 'vitest';
import { readKeyMatch5 } from './key-match-5.js';

describe('keyMatch5', () => {
  test.each([
    ['/foo/bar', '/foo/bar?status=1&type=2', true],
    ['/foo/bar', '/foo/bar', true],
    ['/foo/bar', '/foo?/bar', false],
    ['/foo/{id}', '/foo/1?a/b', true],
    ['/foo/{id}', '/foo/?1', false],
    ['/foo/*', '/foo/1/2?x', true],
    ['/foo/{id}.x', '/foo/1.x?y', true],
    ['', '?x', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readKeyMatch5(pattern).matches(text)).toBe(expected);
  });

  test('the prefix is one of the text with its query', () => {
    expect(readKeyMatch5('/foo/bar').prefix).toBe('/foo/bar');
    expect(readKeyMatch5('/foo/{id}').prefix).toBe('/foo/');
  });

  test('a name without its end is refused', () => {
    expect(() => readKeyMatch5('/{id')).toThrow('has "/{" without a name after it');
  });
});

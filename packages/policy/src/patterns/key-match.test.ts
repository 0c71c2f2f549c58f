import { describe, expect, test } from 'vitest';
import { readKeyMatch } from './key-match.js';

describe('keyMatch', () => {
  test.each([
    ['/foo', '/foo', true],
    ['/foo', '/foo/bar', false],
    ['/foo/*', '/foo/bar', true],
    ['/foo/*', '/foo/', true],
    ['/foo/*', '/foo', false],
    ['/foo*', '/foobar', true],
    ['/foo/*/bar', '/foo/anything', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['/a.c', '/abc', false],
    ['/a\n*', '/a\nb', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readKeyMatch(pattern).matches(text)).toBe(expected);
  });

  test.each([
    ['/foo/*', '/foo/'],
    ['/foo', '/foo'],
    ['*', ''],
  ])('%j begins with %j', (pattern, prefix) => {
    expect(readKeyMatch(pattern).prefix).toBe(prefix);
  });

  test('a pattern of a megabyte is only a comparison', () => {
    const long = 'a'.repeat(1_000_000);
    expect(readKeyMatch(long).matches(long)).toBe(true);
    expect(readKeyMatch(`${long}*`).matches(`${long}b`)).toBe(true);
  });
});

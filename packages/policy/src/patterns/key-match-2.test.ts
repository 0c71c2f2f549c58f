import { describe, expect, test } from 'vitest';
import { readKeyMatch2 } from './key-match-2.js';
import { PatternError } from './pattern.js';

describe('keyMatch2', () => {
  test.each([
    ['/users/:id', '/users/1', true],
    ['/users/:id', '/users/', false],
    ['/users/:id', '/users/1/', false],
    ['/users/:id', '/users/1/x', false],
    ['/users/:id', '/users/a\nb', true],
    ['/users/:id/x', '/users/1/x', true],
    ['/users/:id.json', '/users/1', true],
    ['/:a/:b', '/1/2', true],
    ['/users/*', '/users/', true],
    ['/users/*', '/users/1/x', true],
    ['/users/*', '/users', false],
    ['/users/*', '/users/a\nb', false],
    ['/*/x/:id', '/a/b/x/1', true],
    ['/*/x/:id', '/a/x/b/x/1', true],
    ['/*/x/:id', '/a/x/1/2', false],
    ['/*/x/:id', '/x/\n/x/1', false],
    ['/*/:a/*/z', '/a/b\n/c/z', true],
    ['/v1.0/:id', '/v1.0/1', true],
    ['/v1.0/:id', '/v1x0/1', true],
    ['/v1.0/:id', '/v1\n0/1', false],
    ['*', 'anything', true],
    ['*', 'a\nb', false],
    ['', '', true],
    ['', 'a', false],
    ['urn:a:b', 'urn:a:b', true],
    [':id/x', '1/x', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readKeyMatch2(pattern).matches(text)).toBe(expected);
  });

  test.each([
    ['/x(a|b)/:id', '/xb/1', true],
    ['/x(a|b)/:id', '/xc/1', false],
    ['/[0-9]+/:id', '/12/1', true],
    ['/a|/:id', '/a/b/c', true],
    ['/a|/:id', 'x/b', true],
    ['/a/:id|', '/a/b', true],
    ['/a/x:id', '/a/x:id', true],
    ['/:a/x:id', '/1/x2', true],
    ['/{id}', '/{id}', true],
    ['/a\\.b', '/axb', false],
  ])('a regular expression in it, %j on %j: %s', (pattern, text, expected) => {
    expect(readKeyMatch2(pattern).matches(text)).toBe(expected);
  });

  test.each([
    ['/a/b/:id', '/a/b/'],
    ['/a/b', '/a/b'],
    ['/a/*', '/a/'],
    ['/a.b/:id', '/a'],
    ['/ab?/:id', '/a'],
    ['/ab+/:id', '/ab'],
    ['/a|/b', ''],
    ['*', ''],
  ])('%j begins with %j', (pattern, prefix) => {
    expect(readKeyMatch2(pattern).prefix).toBe(prefix);
  });

  test('what is refused says what to write instead', () => {
    const remedy = 'Write a name after the colon, as in /users/:id.';
    expect(() => readKeyMatch2('/:/x')).toThrow(expect.objectContaining({ name: 'PatternError', remedy }));
    expect(() => readKeyMatch2('/a\n/:id')).toThrow('has a line break');
    expect(() => readKeyMatch2('/(a')).toThrow('is not a regular expression: Unterminated group');
    expect(() => readKeyMatch2(`/${'(a)'.repeat(200)}`)).toThrow('has 601 characters, more than 512');
  });
});

describe('hostile patterns and texts of keyMatch2', () => {
  const long = '/a'.repeat(25_000);

  test.each([
    ['/(a+)+x', `/${'a'.repeat(50_000)}!`, false],
    ['/(.*)*', `/${'a'.repeat(50_000)}`, true],
    [`/*/a${'/*/a'.repeat(100)}/b`, long, false],
    [`/*/:a${'/*/:a'.repeat(80)}/b`, long, false],
    [`/*/a${'/*/a'.repeat(100)}`, long, true],
    ['/:a/*', `/${'a'.repeat(1_000_000)}/\n`, false],
  ])('the one of number %# is decided', (pattern, text, expected) => {
    expect(readKeyMatch2(pattern).matches(text)).toBe(expected);
  });

  test('a pattern of a megabyte is decided if it is only names and texts, and else refused', () => {
    const names = '/:a'.repeat(333_333);
    expect(readKeyMatch2(names).matches('/a'.repeat(333_333))).toBe(true);
    expect(readKeyMatch2(names).matches('/a'.repeat(333_332))).toBe(false);
    expect(() => readKeyMatch2('/a+'.repeat(333_333))).toThrow('more than 512');
    expect(() => readKeyMatch2(`${'/*'.repeat(500_000)}/x`)).toThrow('more than 512');
    expect(() => readKeyMatch2('/:'.repeat(500_000))).toThrow(PatternError);
  });
});

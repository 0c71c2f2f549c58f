import { describe, expect, test } from 'vitest';
import { readKeyMatch3 } from './key-match-3.js';
import { PatternError } from './pattern.js';

describe('keyMatch3', () => {
  test.each([
    ['/users/{id}', '/users/1', true],
    ['/users/{id}', '/users/', false],
    ['/users/{id}', '/users/1/x', false],
    ['/users/{id}/x/*', '/users/1/x/y/z', true],
    ['/users/{id}/x/*', '/users/1/x', false],
    ['/{a}/{b}', '/1/2', true],
    ['/{a:b}', '/1', true],
    ['/users/:id', '/users/1', false],
    ['/users/:id', '/users/:id', true],
    ['/*/{id}/x', '/a/b/1/x', true],
    ['/users/{id}.json', '/users/1.json', true],
    ['/users/{id}.json', '/users/1xjson', true],
    ['/users/{a}-{b}', '/users/1-2', true],
    ['/users/{a}-{b}', '/users/12', false],
    ['/a{id}', '/a{id}', true],
    ['/{a}}', '/1', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readKeyMatch3(pattern).matches(text)).toBe(expected);
  });

  test.each([
    ['/a/{id}', '/a/'],
    ['/a/x-{id}', '/a/x-{id}'],
    ['/{a}/x-{id}', '/'],
    ['/a/b', '/a/b'],
  ])('%j begins with %j', (pattern, prefix) => {
    expect(readKeyMatch3(pattern).prefix).toBe(prefix);
  });

  test('hostile patterns are decided or refused', () => {
    expect(readKeyMatch3('/{a}{b}{c}{d}x').matches(`/${'a'.repeat(50_000)}!`)).toBe(false);
    expect(readKeyMatch3('/{a}'.repeat(250_000)).matches('/1'.repeat(250_000))).toBe(true);
    expect(() => readKeyMatch3('{'.repeat(1_000_000))).toThrow(PatternError);
    expect(() => readKeyMatch3('/{'.repeat(256))).toThrow('has "/{" without a name after it');
  });
});

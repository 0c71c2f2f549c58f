import { describe, expect, test } from 'vitest';
import { readKeyMatch4 } from './key-match-4.js';

describe('keyMatch4', () => {
  test.each([
    ['/p/{id}/c/{id}', '/p/1/c/1', true],
    ['/p/{id}/c/{id}', '/p/1/c/2', false],
    ['/p/{id}/c/{other}', '/p/1/c/2', true],
    ['/p/{id}/c/{id}/b/{id}', '/p/1/c/1/b/1', true],
    ['/p/{id}/c/{id}/b/{id}', '/p/1/c/1/b/2', false],
    ['/{a}/{b}/{a}/{b}', '/1/2/1/2', true],
    ['/{a}/{b}/{a}/{b}', '/1/2/1/1', false],
    ['/{a}/{a}/*', '/1/1/x', true],
    ['/{a}/{a}/*', '/1/2/x', false],
    ['/{a}/{a}/*', '/1/1/\n', false],
    ['/{a}/{a}', '/1/1/1', false],
    ['/{a}-{b}', '/1-2', true],
    ['/{a}*', '/', true],
    ['/a', '/a', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readKeyMatch4(pattern).matches(text)).toBe(expected);
  });

  test.each([
    ['/p/{id}/c/{id}', '/p/'],
    ['/p/{id}', '/p/'],
    ['/p/{a}/x-{id}', '/p/'],
  ])('%j begins with %j', (pattern, prefix) => {
    expect(readKeyMatch4(pattern).prefix).toBe(prefix);
  });

  test('what is refused says why', () => {
    expect(() => readKeyMatch4('/{i/d}')).toThrow('has "/{" without a name after it');
    expect(() => readKeyMatch4('/{a}.x/{a}')).toThrow('repeats a name');
    expect(() => readKeyMatch4('/{a}/(x)')).toThrow('groups in parentheses');
  });

  test('a name that is repeated very often', () => {
    const pattern = readKeyMatch4('/{a}'.repeat(10_000));
    expect(pattern.matches('/1'.repeat(10_000))).toBe(true);
    expect(pattern.matches(`${'/1'.repeat(9999)}/2`)).toBe(false);
  });
});

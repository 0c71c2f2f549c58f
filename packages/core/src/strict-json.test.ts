import { describe, expect, test } from 'vitest';
import { parseStrictJson, parseStrictJsonBytes, StrictJsonError } from './strict-json.js';

describe('strict JSON', () => {
  test.each([
    '{}',
    '[]',
    '"text"',
    'null',
    '-1.5e3',
    ' { "a" : [ { "a" : 1 }, { "a" : 2 } ], "b" : "a\\"b:{}" } ',
    '{"a":{"a":{"a":1}}}',
    '{"constructor":1,"prototype":2}',
    '{"key":"\\u0022: a string that looks like a name"}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ['a name twice', '{"a":1,"a":2}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice, deep inside', '[{"x":{"b":1,"c":2,"b":3}}]'],
    ['a name twice with space before the colon', '{"a":1,"a"\n:2}'],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['__proto__, escaped', '{"\\u005f_proto__":{}}'],
    ['a byte-order mark', '\ufeff{}'],
    ['text after the end', '{} {}'],
    ['a comment', '{/* */}'],
    ['a trailing comma', '{"a":1,}'],
    ['an infinite number', '{"exp":1e400}'],
    ['an open string', '{"a'],
    ['nothing', ''],
    ['NaN', 'NaN'],
  ])('refuses %s', (_what, text) => {
    expect(() => parseStrictJson(text)).toThrow(StrictJsonError);
  });

  test('depth and count are bounded, and the bound itself is allowed', () => {
    const limits = { maxDepth: 3, maxValues: 5 };
    expect(parseStrictJson('[[[]]]', limits)).toEqual([[[]]]);
    expect(() => parseStrictJson('[[[[]]]]', limits)).toThrow('nested deeper than 3 levels');
    expect(parseStrictJson('[1,2,3,4,5]', limits)).toHaveLength(5);
    expect(() => parseStrictJson('[1,2,3,4,5,6]', limits)).toThrow('more than 5 values');
  });

  test('a text that is nested 100,000 deep is refused without overflowing', () => {
    expect(() => parseStrictJson('['.repeat(100_000))).toThrow(StrictJsonError);
  });

  test('bytes that are not UTF-8 are refused, not replaced', () => {
    expect(parseStrictJsonBytes(new TextEncoder().encode('"é"'))).toBe('é');
    expect(() => parseStrictJsonBytes(new Uint8Array([0x22, 0xff, 0x22]))).toThrow('not UTF-8');
  });
});

import { describe, expect, test } from 'vitest';
import { type Filter, matchesFilter, readFilter } from './filter.js';

const named: Filter = { id: { in: ['a', 'b'] } };
const begun: Filter = { id: { startsWith: 'ab' } };

describe('matches', () => {
  test.each<[Filter, readonly string[]]>([
    [named, ['a', 'b']],
    [begun, ['ab', 'abc']],
    [{ not: named }, ['', 'ab', 'abc', 'A']],
    [{ or: [named, begun] }, ['a', 'b', 'ab', 'abc']],
    [{ and: [{ id: { startsWith: 'a' } }, { not: named }] }, ['ab', 'abc']],
    [{ and: [] }, ['', 'a', 'b', 'ab', 'abc', 'A']],
    [{ or: [] }, []],
    [{ id: { in: [] } }, []],
    [{ id: { startsWith: '' } }, ['', 'a', 'b', 'ab', 'abc', 'A']],
  ])('%j', (filter, expected) => {
    expect(['', 'a', 'b', 'ab', 'abc', 'A'].filter((id) => matchesFilter(filter, id))).toEqual(expected);
  });
});

describe('what user code answers', () => {
  test('is copied, and can be changed no more', () => {
    const given = { and: [{ id: { in: ['a'] } }, { not: { id: { startsWith: 'b' } } }] };
    const read = readFilter(given);
    expect(read).toEqual(given);
    given.and.length = 0;
    expect(read).toEqual({ and: [{ id: { in: ['a'] } }, { not: { id: { startsWith: 'b' } } }] });
    expect(Object.isFrozen(read) && 'and' in read && Object.isFrozen(read.and) && Object.isFrozen(read.and[0])).toBe(
      true,
    );
  });

  let deep: unknown = named;
  for (let depth = 0; depth < 30; depth += 1) deep = { not: deep };

  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /not an object/],
    ['a text', 'a', /not an object/],
    ['a list', [named], /not an object/],
    ['nothing in it', {}, /one single member/],
    ['two things', { id: { in: [] }, not: named }, /one single member/],
    ['something unknown', { owner: 'a' }, /with "owner"; known are id, and, or, not/],
    ['no list', { and: named }, /whose "and" is not a list/],
    ['no text', { id: { in: [1] } }, /not a printable text/],
    ['a control character', { id: { startsWith: 'a\u0000' } }, /not a printable text/],
    ['another way to ask', { id: { matches: '.*' } }, /neither "in", a list, nor "startsWith"/],
    ['two ways to ask', { id: { in: [], startsWith: 'a' } }, /one single member/],
    ['too much', { id: { in: Array.from({ length: 10_001 }, String) } }, /more than 10000 values/],
    ['too deep', deep, /nested deeper than 20/],
  ])('is refused where it is %s', (_what, value, message) => {
    expect(() => readFilter(value)).toThrow(message);
  });
});

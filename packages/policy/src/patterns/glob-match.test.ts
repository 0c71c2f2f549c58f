import { Util } from 'casbin';
import { describe, expect, test } from 'vitest';
import { readGlobMatch } from './glob-match.js';
import { PatternError } from './pattern.js';

describe('globMatch', () => {
  test.each([
    ['*.conf', 'abc.conf', true],
    ['*.conf', 'a/abc.conf', false],
    ['*.conf', '.conf', false],
    ['.*', '.a', true],
    ['.*', '..', false],
    ['*', '', false],
    ['*', 'a', true],
    ['*', 'a/', true],
    ['a*', 'a', true],
    ['a?', 'a', false],
    ['?', '.', false],
    ['a/*', 'a/', false],
    ['a/*/b', 'a/x/b', true],
    ['a/*/b', 'a/.x/b', false],
    ['a/**', 'a', false],
    ['a/**', 'a/', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a/.b', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/x/y/b/', true],
    ['a/**/.b', 'a/x/.b', true],
    ['**', 'a/b', true],
    ['**', '', true],
    ['**/x/**/y', 'a/x/b/y', true],
    ['**/x/**/y', 'a/x/.b/y', false],
    ['**/a/b/**/c', 'a/a/b/c', true],
    ['a**b', 'axxb', true],
    ['a**b', 'a/b', false],
    ['*/a', '/a', true],
    ['*/a', 'x/a', false],
    ['a/b', 'a//b', true],
    ['[a-c]', 'b', true],
    ['[!a-c]', 'b', false],
    ['[^a-c]', 'd', true],
    ['[!a]x', '.x', false],
    ['[.]x', '.x', true],
    ['[.a]x', '.x', false],
    ['[*]', '*', true],
    ['[*]', 'a', false],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[a-]', '-', true],
    ['[[]', '[', true],
    ['{a,b}/c', 'b/c', true],
    ['{a/x,b}/c', 'a/x/c', true],
    ['{a,{b,c}d}', 'cd', true],
    ['{,a}b', 'b', true],
    ['{,a}', '', false],
    ['{,}', '', false],
    ['a,b', 'a,b', true],
    ['(a|b)', '(a|b)', true],
    ['a!#', 'a!#', true],
    ['a.b', 'axb', false],
    ['', '', true],
    ['', 'a', false],
    ['*', 'a\nb', true],
    ['?', '\ud83d\ude00', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readGlobMatch(pattern).matches(text)).toBe(expected);
    expect(Util.globMatch(text, pattern)).toBe(expected);
  });

  test.each([
    ['/a/b', '/'],
    ['a/b', 'a/'],
    ['a*', 'a'],
    ['a{b,c}', 'a'],
    ['abc', 'abc'],
    ['*/a', '/'],
    ['[a]b', ''],
    ['?', ''],
  ])('%j begins with %j', (pattern, prefix) => {
    expect(readGlobMatch(pattern).prefix).toBe(prefix);
  });

  test.each([
    ['+(a)', 'has an extended glob'],
    ['a?(b|c)', 'has an extended glob'],
    ['{*,a}(b)', 'has an extended glob'],
    ['!a', 'has a ! at the beginning'],
    ['#a', 'has a # at the beginning'],
    ['\\*', 'has a backslash'],
    ['a/../b', 'has the segment ".."'],
    ['{a', 'has a brace that is not of the form {a,b}'],
    ['a}', 'has a brace'],
    ['{a}', 'has a brace'],
    ['{1..9}', 'has a brace'],
    ['x${a,b}', 'has a brace'],
    ['[a', 'has a [ without its ]'],
    ['[[:alpha:]]', 'has a class like [:alpha:]'],
    ['[z-a]', 'has a range in brackets that goes backwards'],
    ['{a,b}'.repeat(7), 'has more than 64 alternatives'],
    ['{a,b}'.repeat(100), 'has more than 64 alternatives'],
    [`{${'a,'.repeat(200)}a}`, 'has more than 64 alternatives'],
    [`${'{a,b}'.repeat(5)}${'x'.repeat(200)}`, '4096 characters in them'],
    ['{'.repeat(512), 'has a brace'],
    ['*a'.repeat(500_000), 'has 1000000 characters, more than 512'],
  ])('the one of number %# is refused', (pattern, message) => {
    expect(() => readGlobMatch(pattern)).toThrow(PatternError);
    expect(() => readGlobMatch(pattern)).toThrow(message);
  });
});

describe('hostile globs are decided', () => {
  test.each([
    ['*a'.repeat(250), `${'a'.repeat(50_000)}!`, false],
    [`${'*a'.repeat(200)}*`, 'a'.repeat(50_000), true],
    ['?*'.repeat(250), 'a'.repeat(50_000), true],
    [`${'**/a/'.repeat(100)}b`, 'a/'.repeat(25_000), false],
    [`${'**/*a*b/'.repeat(60)}c`, `${'aaaaaaaa/'.repeat(5000)}c`, false],
    [`${'{a,b}'.repeat(6)}*a*a*a*b`, 'a'.repeat(50_000), false],
    [`${'['.repeat(1)}${'a'.repeat(500)}]*b`, 'a'.repeat(50_000), false],
  ])('the one of number %#', (pattern, text, expected) => {
    expect(readGlobMatch(pattern).matches(text)).toBe(expected);
  });
});

describe('where minimatch is wrong about several **, a plain definition is the oracle', () => {
  /** One segment after the other, and each ** for any number of them: right, and exponential. */
  function isMatch(globs: readonly string[], segments: readonly string[]): boolean {
    const [glob, ...laterGlobs] = globs;
    const [segment, ...laterSegments] = segments;
    if (glob === undefined) return segment === undefined || (segment === '' && laterSegments.length === 0);
    if (glob !== '**')
      return segment !== undefined && Util.globMatch(segment, glob) && isMatch(laterGlobs, laterSegments);
    if (segment !== undefined && !segment.startsWith('.') && isMatch(globs, laterSegments)) return true;
    return isMatch(laterGlobs, segments);
  }

  /** What ** at the end must have at least. */
  const endsInSomething = (globs: readonly string[]) =>
    globs.at(-1) === '**' ? [...globs.slice(0, -1), '*?', '**'] : globs;

  test('30,000 paths', () => {
    const globs = ['**', '**', 'a', '.b', '*', 'b'];
    const counts = { true: 0, false: 0 };
    let state = 7;
    const below = (limit: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 16) % limit;
    };
    for (let index = 0; index < 30_000; index += 1) {
      const pattern = ['x', ...Array.from({ length: 3 + below(5) }, () => globs[below(globs.length)] ?? '')];
      const text = ['x', ...Array.from({ length: 1 + below(6) }, () => ['a', 'b', '.b', 'a', 'b'][below(5)] ?? '')];
      const ours = readGlobMatch(pattern.join('/')).matches(text.join('/'));
      expect(ours, `${pattern.join('/')} ${text.join('/')}`).toBe(isMatch(endsInSomething(pattern), text));
      counts[`${ours}`] += 1;
    }
    expect(counts.true).toBeGreaterThan(500);
    expect(counts.false).toBeGreaterThan(500);
  });
});

import { Util } from 'casbin';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { keyGet2 } from './key-get.js';
import { PatternError } from './pattern.js';
import { patternFunctions } from './pattern-functions.js';

/*
 * The whole list of what we answer otherwise than Casbin, each with its reason. What Casbin never answers is not asked.
 */

type Answer = boolean | 'throws' | 'hangs';

const functions: Readonly<Record<string, (text: string, pattern: string) => boolean>> = {
  keyMatch2: Util.keyMatch2Func,
  keyMatch3: Util.keyMatch3Func,
  keyMatch4: Util.keyMatch4Func,
  keyMatch5: Util.keyMatch5Func,
  regexMatch: Util.regexMatchFunc,
  globMatch: Util.globMatch,
  ipMatch: Util.ipMatchFunc,
};

function casbinAnswer(name: string, text: string, pattern: string): Answer {
  // Casbin writes a pattern that it throws for to the console.
  const silenced = vi.spyOn(console, 'log').mockImplementation(() => {});
  onTestFinished(() => silenced.mockRestore());
  try {
    return functions[name]?.(text, pattern) ?? 'throws';
  } catch {
    return 'throws';
  }
}

function readAs(name: string, pattern: string) {
  const read = patternFunctions.get(name);
  if (read === undefined) throw new Error(`there is no ${name}`);
  return read(pattern);
}

/** Function, text, pattern, what Casbin answers. */
type Refused = readonly [name: string, text: string, pattern: string, casbin: Answer];

describe('we refuse the pattern', () => {
  test.each<Refused>([
    ['keyMatch2', '/a/x', '/:/x', 'hangs'],
    ['keyMatch2', '/a', '/:', 'hangs'],
    ['keyMatch2', '/a/b', '/:/:b', 'hangs'],
    ['keyMatch3', '/a', '/{id', 'hangs'],
    ['keyMatch3', '/a', '/{}', 'hangs'],
    ['keyMatch3', '/a/b', '/{i/d}', 'hangs'],
    ['keyMatch3', '/a', '/{{a}b}', 'hangs'],
    ['keyMatch4', '/a/b', '/{i/d}', 'hangs'],
    ['keyMatch5', '/a', '/{id', 'hangs'],
  ])('as Casbin never returns: %s(%j, %j)', (name, _text, pattern) => {
    expect(() => readAs(name, pattern)).toThrow(PatternError);
    expect(() => readAs(name, pattern)).toThrow('without a name after it');
  });

  test.each<Refused>([
    ['keyMatch2', '/a', '/**', 'throws'],
    ['keyMatch2', '/a', '*/a', 'throws'],
    ['keyMatch3', '/a', '*', 'throws'],
    ['keyMatch3', '/a', '/{a}*', 'throws'],
    ['keyMatch5', '/a', '/(', 'throws'],
    ['keyMatch4', '/b', '/{a}(c)', false],
    ['keyMatch4', '/a', '/{a}}', 'throws'],
    ['keyMatch4', 'x{a}', 'x{a}', 'throws'],
    ['keyMatch4', '/a', '/{a}(b?)', 'throws'],
    ['regexMatch', 'a', '(', 'throws'],
    ['regexMatch', 'a', '*', 'throws'],
    ['ipMatch', '10.0.0.1', 'ten', 'throws'],
    ['ipMatch', '10.0.0.1', '10.0.0.0/8/8', 'throws'],
  ])('as Casbin throws for it, if only for some texts: %s(%j, %j)', (name, text, pattern, casbin) => {
    expect(casbinAnswer(name, text, pattern)).toBe(casbin);
    expect(() => readAs(name, pattern)).toThrow(PatternError);
  });

  test.each<Refused>([
    ['regexMatch', 'ab', 'a(?=b)', true],
    ['regexMatch', 'ab', 'a(?!c)', true],
    ['regexMatch', 'ab', '(?<=a)b', true],
    ['regexMatch', 'aa', '(a)\\1', true],
    ['regexMatch', 'aa', '(?<n>a)\\k<n>', true],
    ['keyMatch2', '/a/a', '/(a)/\\1', true],
    ['keyMatch4', '/a/x/a', '/{n}/*/{n}', true],
    ['keyMatch4', '/a.b/a', '/{n}.b/{n}', true],
  ])('as it cannot be decided in linear time: %s(%j, %j)', (name, text, pattern, casbin) => {
    expect(casbinAnswer(name, text, pattern)).toBe(casbin);
    expect(() => readAs(name, pattern)).toThrow(PatternError);
  });

  test.each<Refused>([
    ['regexMatch', 'a'.repeat(1001), 'a{1001}', true],
    ['regexMatch', 'a', `a${'|a'.repeat(256)}`, true],
    ['globMatch', 'aaaaaaa', '{a,b}'.repeat(7), true],
    ['globMatch', 'a'.repeat(513), 'a'.repeat(513), true],
  ])('as it is too large: %s %#', (name, text, pattern, casbin) => {
    expect(casbinAnswer(name, text, pattern)).toBe(casbin);
    expect(() => readAs(name, pattern)).toThrow(PatternError);
  });

  test.each<Refused>([
    ['regexMatch', '\x01', '\\1', true],
    ['regexMatch', '\x01', '\\01', true],
    ['regexMatch', '\x01', '\\cA', true],
    ['regexMatch', 'A', '\\A', true],
    ['regexMatch', 'z', '\\z', true],
    ['regexMatch', 'p{L}', '\\p{L}', true],
    ['regexMatch', 'uu', '\\u{2}', true],
    ['regexMatch', 'x4', '\\x4', true],
    ['regexMatch', '-', '[\\w-z]', true],
    ['keyMatch2', '/a\nb', '/a\nb', true],
    ['globMatch', 'b', '!a', true],
    ['globMatch', '#a', '#a', false],
    ['globMatch', 'b', 'a/../b', true],
    ['globMatch', 'aa', '+(a)', true],
    ['globMatch', '*', '\\*', true],
    ['globMatch', '{a}', '{a}', true],
    ['globMatch', '2', '{1..3}', true],
    ['globMatch', '[a', '[a', true],
    ['globMatch', 'a', '[a[:digit:]]', true],
    ['globMatch', 'c', '[b-ac]', true],
    ['globMatch', 'a\nb', 'a\nb', true],
    ['ipMatch', '10.0.0.1', '10.0.0.0/8x', true],
    ['ipMatch', '10.0.0.1', '10.0.0.1/', true],
    ['ipMatch', '10.0.0.1', '10.0.0.01', true],
    ['ipMatch', '1::2', '1:::2', true],
  ])(
    'as it hardly means what it says, or another notation says it better: %s(%j, %j)',
    (name, text, pattern, casbin) => {
      expect(casbinAnswer(name, text, pattern)).toBe(casbin);
      expect(() => readAs(name, pattern)).toThrow(PatternError);
    },
  );
});

describe('we answer otherwise', () => {
  test.each<readonly [name: string, text: string, pattern: string, casbin: Answer, ours: boolean, reason: string]>([
    ['keyMatch4', '/1/2/1', '/{a}/{b}/{a}', false, true, 'only the values of one name must be equal'],
    ['keyMatch4', '/1/1/1', '/{a}/{b}/{a}', true, true, 'and here all are'],
    ['keyMatch4', '/1/2/2', '/{a}/{b}/{a}', false, false, 'and here those of one name are not'],
    ['globMatch', 'a/b/c/d/e', '**/a/b/c/**/d/**', false, true, 'minimatch ends its search too early'],
    ['globMatch', 'a/.b', '**/a/**/.b', false, true, 'minimatch forbids a dot that is written'],
    ['ipMatch', 'ten', '10.0.0.1', 'throws', false, 'a text that is no address does not match'],
    ['ipMatch', '', '10.0.0.0/8', 'throws', false, 'nor does an empty one'],
    ['ipMatch', '10.0.0.01', '10.0.0.1', true, false, 'a number with a zero before it is octal to others'],
    ['ipMatch', '1:::2', '1::2', true, false, 'that is no address'],
    ['ipMatch', '::ffff:10.0.0.1', '10.0.0.0/8', false, true, 'the same address in another form (RFC 4291, 2.5.5.2)'],
    ['ipMatch', '::ffff:10.0.0.1', '10.0.0.1', true, true, 'as it is for Casbin without a mask'],
    ['ipMatch', '::1', '0.0.0.1', true, false, 'not the same address'],
    ['ipMatch', '::10.0.0.1', '10.0.0.1', true, false, 'not the same address either: that form is no longer in use'],
    ['ipMatch', '0:2:3:4:5:6:7:8', '::2:3:4:5:6:7:8', false, true, 'Casbin loses the last of seven groups after ::'],
  ])('%s(%j, %j) is %s to Casbin, and %s to us: %s', (name, text, pattern, casbin, ours) => {
    expect(casbinAnswer(name, text, pattern)).toBe(casbin);
    expect(readAs(name, pattern).matches(text)).toBe(ours);
  });

  test('keyGet2 is an empty text where Casbin answers undefined', () => {
    expect(Util.keyGet2Func('//b', '/*/:id', 'id')).toBeUndefined();
    expect(keyGet2('//b', '/*/:id', 'id')).toBe('');
  });
});

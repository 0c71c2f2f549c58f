import { describe, expect, test } from 'vitest';
import { PatternError } from './pattern.js';
import { readRegexMatch } from './regex-match.js';

describe('regexMatch answers as RegExp.test', () => {
  const emoji = '\ud83d\ude00';

  test.each([
    ['b', 'abc'],
    ['^b', 'abc'],
    ['', 'anything'],
    ['^a.c$', 'a\nc'],
    ['^a.c$', 'a\u2028c'],
    ['^a.c$', 'a\rc'],
    ['^a.c$', 'a\u0085c'],
    ['a$', 'a\n'],
    ['^b', 'a\nb'],
    ['^\\s$', '\u00a0'],
    ['^\\s$', '\v'],
    ['^\\s$', '\ufeff'],
    ['^\\S$', '\u3000'],
    ['^\\w$', 'é'],
    ['^\\d$', '\u0661'],
    ['k', '\u212a'],
    ['^.$', emoji],
    ['^..$', emoji],
    ['^[^a]$', emoji],
    ['^[^a]{2}$', emoji],
    [`^[${emoji}]$`, emoji],
    [`^[${emoji}]+$`, emoji],
    [`^${emoji}+$`, emoji + emoji],
    ['\ude00$', emoji],
    ['^\ud83d$', '\ud83d'],
    ['^\\ud83d\\ude00$', emoji],
    ['[\\ud800-\\udbff]', emoji],
    ['[]', 'a'],
    ['[]|b', 'b'],
    ['^[^]$', '\n'],
    ['^[^]$', ''],
    ['^a{$', 'a{'],
    ['^a{,2}$', 'a{,2}'],
    ['^a{02}$', 'aa'],
    ['^]}$', ']}'],
    ['^[:alpha:]$', ':'],
    ['^[:alpha:]$', 'x'],
    ['^[]a]$', 'a]'],
    ['[\\b]', '\b'],
    ['\\bé', ' é'],
    ['\\0', '\0'],
    ['\\x41\\u0042', 'AB'],
    ['^[\\]\\-\\\\]{3}$', ']-\\'],
    ['(?<n>a)b', 'ab'],
    ['(|a)*b', 'aab'],
    ['(a*)+$', 'b'],
    ['(?:a|ab)(?:c|bcd)(d*)$', 'abcd'],
    ['\\/\\-\\_\\,', '/-_,'],
    ['A', 'a'],
    ['^$', ''],
    ['$^', ''],
    ['a??b', 'b'],
    ['x*', ''],
  ])('%j on %j', (pattern, text) => {
    expect(readRegexMatch(pattern).matches(text)).toBe(new RegExp(pattern).test(text));
  });

  test('every character by itself, and what stands for some of them', () => {
    const sets = [
      '.',
      '\\s',
      '\\S',
      '\\w',
      '\\W',
      '\\d',
      '\\D',
      '[^\\s\\w]',
      '[\\W\\d]',
      '[à-ü]',
      '[^\\ud800-\\udfff]',
    ];
    for (const set of sets) {
      const [ours, theirs] = [readRegexMatch(`^${set}$`), new RegExp(`^${set}$`)];
      const wrong: string[] = [];
      for (let unit = 0; unit <= 0xffff; unit += 1) {
        const text = String.fromCharCode(unit);
        if (ours.matches(text) !== theirs.test(text)) wrong.push(text);
      }
      expect(wrong, set).toEqual([]);
    }
  });
});

describe('what regexMatch refuses, by name', () => {
  test.each([
    ['a(?=b)', 'has a lookahead ((?=)'],
    ['a(?!b)', 'has a negative lookahead'],
    ['(?<=a)b', 'has a lookbehind'],
    ['(?<!a)b', 'has a negative lookbehind'],
    ['(a)\\1', 'has a back-reference or an octal escape (\\1)'],
    ['\\012', 'has an octal escape (\\012)'],
    ['[\\1]', 'octal escape (\\1)'],
    ['(?<n>a)\\k<n>', 'has a named back-reference'],
    ['\\cA', 'has a control escape'],
    ['\\p{L}', 'has a Unicode property'],
    ['\\Aa', 'has an escaped letter (\\A), which is only the letter A'],
    ['\\Qa', 'has an escaped letter'],
    ['[\\d-z]', 'has a range in brackets that begins or ends with \\d'],
    ['\\u{61}', 'has a \\u without four hexadecimal digits'],
    ['(', 'is not a regular expression: Unterminated group'],
    ['a**', 'is not a regular expression: Nothing to repeat'],
    ['(?P<n>a)', 'is not a regular expression: Invalid group'],
    ['a{1001}', 'is larger than 1000 characters'],
    ['(a{1000}){1000}', 'is larger than 1000 characters'],
    ['((((a{9}){9}){9}){9}){9}', 'is larger than 1000 characters'],
    ['(?:){99999999999}', 'is larger than 1000 characters'],
    ['(a{0,500}b{0,501})', 'is larger than 1000 characters'],
    [`a{${'9'.repeat(400)}}`, 'is larger than 1000 characters'],
    ['a'.repeat(513), 'has 513 characters, more than 512'],
    ['a|'.repeat(500_000), 'has 1000000 characters, more than 512'],
  ])('the one of number %#', (pattern, message) => {
    expect(() => readRegexMatch(pattern)).toThrow(PatternError);
    expect(() => readRegexMatch(pattern)).toThrow(message);
  });

  test('flags in a group, where JavaScript knows them', () => {
    expect(() => readRegexMatch('(?i:a)')).toThrow(PatternError);
  });

  test('a refusal says what to write instead', () => {
    const refusal = expect.objectContaining({ remedy: 'Write what may stand there, or a second rule that denies.' });
    expect(() => readRegexMatch('a(?!b)')).toThrow(refusal);
  });
});

describe('what every match begins with', () => {
  test.each([
    ['^/a/b', '/a/b'],
    ['^\\/a\\.b', '/a.b'],
    ['^/a/b$', '/a/b'],
    ['^/a/[bc]', '/a/'],
    ['^/a/[b]c', '/a/bc'],
    ['^/ab*', '/a'],
    ['^/ab?', '/a'],
    ['^/ab{0,1}', '/a'],
    ['^/ab+c', '/ab'],
    ['^/ab{2}c', '/ab'],
    ['^/a(b|c)', '/a'],
    ['^/a|b', ''],
    ['/a', ''],
    ['(^/a)', ''],
    ['^^/a', ''],
    ['^/a.', '/a'],
    ['^a*', ''],
  ])('%j: %j', (pattern, prefix) => {
    expect(readRegexMatch(pattern).prefix).toBe(prefix);
  });
});

describe('hostile patterns of regexMatch are decided', () => {
  const long = 'a'.repeat(50_000);

  test.each([
    ['(a+)+$', `${long}!`, false],
    ['^(a+)+$', long, true],
    ['^(a|a)*$', `${long}!`, false],
    ['(.*)*', long, true],
    ['^(.*)*x$', long, false],
    ['^(a|aa)+$', `${long}!`, false],
    ['a?'.repeat(50) + 'a'.repeat(50), 'a'.repeat(50), true],
    ['a?'.repeat(50) + 'a'.repeat(50), 'a'.repeat(49), false],
    ['^(?:a?){500}a{400}$', long, false],
    ['^(?:(?:a?){30}){30}$', 'a'.repeat(901), false],
    ['(?:a|b)*a(?:a|b){300}c', `${long}d`, false],
    ['\\b(?:[ab]{0,100}[ac]){9}$', `${long}!`, false],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', long, false],
    [`${'('.repeat(150)}a${')*'.repeat(150)}$`, `${long}!`, true],
  ])('the one of number %#', (pattern, text, expected) => {
    expect(readRegexMatch(pattern).matches(text)).toBe(expected);
  });

  test('a text ten times as long does not take a hundred times as long', () => {
    const pattern = readRegexMatch('^(?:a|b|ab)*(?:ab?){30}c$');
    const begun = performance.now();
    expect(pattern.matches('ab'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});

import { expect, test } from 'vitest';
import { isFreeOfControls, isPrintable, toPrintable } from './control-characters.js';

const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test.each([
  ...[...codes(0x00, 0x1f), ...codes(0x7f, 0x9f), 0x2028, 0x2029].map((code) => [code, false] as const),
  ...[...codes(0x202a, 0x202e), ...codes(0x2066, 0x2069), 0x200e, 0x200f, 0x061c].map((code) => [code, true] as const),
  ...[0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad, 0x34f, 0x2800, 0x3164, 0xfe0f, 0xe0041].map(
    (code) => [code, true] as const,
  ),
])('U+%i is not printable, wherever it stands', (code, isWritten) => {
  const character = String.fromCodePoint(code);
  for (const text of [character, `${character}a`, `a${character}b`, `${character}${character}`]) {
    expect([isPrintable(text), isFreeOfControls(text)]).toEqual([false, isWritten]);
    expect(isPrintable(toPrintable(text))).toBe(true);
  }
  expect(toPrintable(`a${character}b${character}`)).toBe('a?b?');
});

test('half a character is none', () => {
  expect([isPrintable('\ud83d'), isFreeOfControls('\ud83d')]).toEqual([false, false]);
  expect(isPrintable(toPrintable('a\ud83db'))).toBe(true);
});

test.each(['', 'a b', 'Zoë', 'नमस्ते', 'مريم', '李雷', '\u{1f600}', '⠁⠇'])('%j stays as it is', (text) => {
  expect([isPrintable(text), toPrintable(text)]).toEqual([true, text]);
});

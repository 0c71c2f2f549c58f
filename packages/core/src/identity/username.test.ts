import { expect, test } from 'vitest';
import { usernameFault } from './username.js';

test.each([
  ['a variation selector', 'admin\u{fe0f}'],
  ['a variation selector of another plane', 'admin\u{e0100}'],
  ['a grapheme joiner', 'ro\u{34f}ot'],
  ['a Hangul filler', '\u{3164}'],
  ['half of one', '\u{ffa0}'],
  ['a blank of Braille', '\u{2800}'],
  ['a soft hyphen', 'ad\u{ad}min'],
  ['a zero width joiner', 'ad\u{200d}min'],
  ['a Mongolian separator', 'root\u{180e}'],
  ['a Khmer vowel that shows nothing', 'a\u{17b4}'],
])('a username has no %s', (_what, name) => {
  expect(usernameFault(name)).toMatch(/^must have no /);
});

test.each(['admin', 'a.b-c@example.com', 'Zoë', 'Ｚoe', '한글', '李雷', 'नमस्ते', 'مريم', '⠁⠇'])(
  'it may be %s',
  (name) => {
    expect(usernameFault(name)).toBeUndefined();
  },
);

/** What stands in no table of keys, roles or actions, and is found in careless ones all the same. */
export const strangeTexts: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  ' ',
  '*',
  '*:*',
  '.*',
  '^',
  '(',
  '[object Object]',
  'null',
  'undefined',
  'true',
  '0',
  'NaN',
  "' OR '1'='1",
  '../../etc/passwd',
  '%00',
  '\u0000',
  '\u202eadmin',
  '\ud83d\ude00',
  '\uff41dmin',
  '\u0430dmin',
  'x'.repeat(8_000),
];

/** Short enough for the name of a failure. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

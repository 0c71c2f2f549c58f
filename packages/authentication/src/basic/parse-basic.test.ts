import { expect, test } from 'vitest';
import { parseBasic } from './parse-basic.js';

const encode = (text: string | readonly number[]) =>
  (typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text)).toString('base64');

test.each([
  // RFC 7617 §2 and §2.1
  ['Aladdin:open sesame', 'Aladdin', 'open sesame'],
  ['test:123£', 'test', '123£'],
  ['a:b:c:', 'a', 'b:c:'],
  ['alice: with spaces ', 'alice', ' with spaces '],
  ['ålice:пароль', 'ålice', 'пароль'],
])('%s is a name and a password', (text, username, password) => {
  expect(parseBasic(encode(text))).toEqual({ username, password });
});

test('the octets of the standard are what they are there', () => {
  expect(parseBasic('dGVzdDoxMjPCow==')).toEqual({ username: 'test', password: '123£' });
});

test.each([
  ['nothing', ''],
  ['no colon', encode('alice')],
  ['no name', encode(':password')],
  ['no password', encode('alice:')],
  ['a colon alone', encode(':')],
  ['a line break', encode('alice:pass\nword')],
  ['a NUL', encode('alice:pass\0')],
  ['a tab in the name', encode('al\tice:password')],
  ['DEL', encode('alice:\u007fpassword')],
  ['bytes that are not UTF-8', encode([0x61, 0x3a, 0xa3])],
  ['an overlong slash', encode([0x61, 0x3a, 0xc0, 0xaf])],
  ['a lone surrogate', encode([0x61, 0x3a, 0xed, 0xa0, 0x80])],
  ['what is no base64', 'alice:password'],
  ['base64 of another alphabet', 'YTrDv8O-w78='],
  ['no padding', encode('alice:pass').replace(/=+$/, '')],
  ['too much padding', `${encode('alice:passwd')}====`],
  ['bits that no byte needs', 'YTpiYx=='],
  ['a space within', `${encode('alice:password').slice(0, 8)} ${encode('alice:password').slice(8)}`],
  ['more than anybody has', encode(`alice:${'x'.repeat(4096)}`)],
])('%s is none', (_what, credentials) => {
  expect(parseBasic(credentials)).toBeUndefined();
  expect(parseBasic(encode('alice:password'))).toEqual({ username: 'alice', password: 'password' });
});

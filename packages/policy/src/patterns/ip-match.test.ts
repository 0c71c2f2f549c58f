import { describe, expect, test } from 'vitest';
import { readIpMatch } from './ip-match.js';
import { PatternError } from './pattern.js';

describe('ipMatch', () => {
  test.each([
    ['192.168.2.123', '192.168.2.123', true],
    ['192.168.2.123', '192.168.2.124', false],
    ['192.168.2.0/24', '192.168.2.123', true],
    ['192.168.2.77/24', '192.168.2.123', true],
    ['192.168.2.0/24', '192.168.3.1', false],
    ['192.168.2.0/25', '192.168.2.128', false],
    ['0.0.0.0/0', '10.0.0.1', true],
    ['0.0.0.0/0', '::1', false],
    ['10.0.0.1/32', '10.0.0.1', true],
    ['10.0.0.1/31', '10.0.0.0', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['::/0', '2001:db8::', true],
    ['::/0', '10.0.0.1', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['2001:DB8::A', '2001:db8:0:0::a', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:0:0/96', '1.2.3.4', true],
    ['::ffff:0:0/90', '1.2.3.4', false],
    ['::/0', '::ffff:1.2.3.4', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', 'localhost', false],
    ['10.0.0.0/8', '10.0.0.1 ', false],
    ['10.0.0.0/8', '10.0.0.1/8', false],
    ['fe80::/10', 'fe80::1%eth0', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(readIpMatch(pattern).matches(text)).toBe(expected);
  });

  test.each([
    '',
    'localhost',
    '10.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '/8',
    'fe80::1%1',
    '1.2.3.4/8/8',
  ])('%j is refused', (pattern) => {
    expect(() => readIpMatch(pattern)).toThrow(PatternError);
    expect(() => readIpMatch(pattern)).toThrow('is neither an IP address nor a network');
  });

  test('nothing is known of how a match begins', () => {
    expect(readIpMatch('10.0.0.1').prefix).toBe('');
  });

  test('a megabyte is no address', () => {
    expect(readIpMatch('::1').matches('1:'.repeat(500_000))).toBe(false);
    expect(() => readIpMatch('1:'.repeat(500_000))).toThrow(PatternError);
  });
});

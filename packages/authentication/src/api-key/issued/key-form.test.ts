import { apiKeyPattern } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { crc32Oracle } from '../../../../../test/harness/crc32-oracle.js';
import { checksumOf } from './checksum.js';
import { makeKey, prefixOf, readKey } from './key-form.js';

/* Security bar 27 and 28: what a key looks like, and what is told from it before anybody is asked. */

describe('the checksum', () => {
  test.each(['', 'a', '123456789', 'af_sk_live_', 'x'.repeat(1000)])('is that of zlib: %j', (text) => {
    expect(checksumOf(text)).toBe(crc32Oracle(text));
  });

  test('as published: the check value of CRC-32 is cbf43926', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const value = Array.from(checksumOf('123456789')).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(value.toString(16)).toBe('cbf43926');
  });
});

describe('a key', () => {
  test('is of the published form, and is read back', () => {
    for (const environment of ['live', 'dev', 'a1b2c3d4e5f6a7b8']) {
      const made = makeKey(environment);
      expect(made.text).toMatch(apiKeyPattern);
      expect(made.text.slice(-6)).toBe(crc32Oracle(made.text.slice(0, -6)));
      expect(readKey(made.text)).toEqual({ id: made.id, environment });
      expect(made.text.startsWith(`${prefixOf(made)}_`)).toBe(true);
      expect(made.text.slice(-10, -6)).toBe(made.last4);
    }
  });

  test('each letter of it is as likely as any other', () => {
    const many = 4_000;
    const keys = Array.from({ length: many }, () => makeKey('live'));
    expect(new Set(keys.map(({ text }) => text)).size).toBe(many);
    const shares = (texts: readonly string[], alphabet: number) => {
      const counts = new Map<string, number>();
      for (const letter of texts.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
      expect(counts.size).toBe(alphabet);
      const expected = texts.join('').length / alphabet;
      // Of a chi-square with 31 degrees of freedom, nine standard deviations above its mean are 1.8e-9, and with 61 they are less: not once in
      // five hundred million runs. Six would be once in 170,000. What is thrown away of 256 values would be seventy, were it kept.
      const distance = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(distance).toBeLessThan(alphabet - 1 + 9 * Math.sqrt(2 * (alphabet - 1)));
    };
    shares(
      keys.map(({ text }) => text.slice(-38, -6)),
      62,
    );
    shares(
      keys.map(({ id }) => id.slice('key_'.length)),
      32,
    );
  });

  test('with one letter changed, cut off, longer, or of another prefix, is none', () => {
    const { text } = makeKey('live');
    for (let place = 0; place < text.length; place += 1) {
      const letter = text[place] === 'a' ? 'b' : 'a';
      expect([place, readKey(`${text.slice(0, place)}${letter}${text.slice(place + 1)}`)]).toEqual([place, undefined]);
      expect(readKey(text.slice(0, place))).toBeUndefined();
    }
    for (const other of [`${text}a`, ` ${text}`, `${text}\n`, text.toUpperCase(), text.replace('sk', 'pk')]) {
      expect(readKey(other)).toBeUndefined();
    }
    expect(readKey(`${text}${'a'.repeat(1_000_000)}`)).toBeUndefined();
    expect(readKey(text)).toBeDefined();
  });
});

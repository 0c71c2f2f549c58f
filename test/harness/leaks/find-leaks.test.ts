import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { findLeaks } from './find-leaks.js';

/** Letters of few digits in hex. */
const monotonous = 'a-secret-of-aaqabaca';

const secret = `${randomBytes(12).toString('base64url')}"/ü+${randomBytes(12).toString('base64url')}`;

const found = (text: string | Buffer, secrets = [secret]) =>
  findLeaks(secrets, [{ label: 'log', bytes: Buffer.from(text) }]).map(({ label }) => label);

test.each([
  ['raw', `a line with ${secret} in it`],
  ['cut at its beginning', `a line with ${secret.slice(10)} in it`],
  ['percent-encoded', `/path?token=${encodeURIComponent(secret)}&x=1`],
  ['as JSON', JSON.stringify({ token: secret })],
  ['as JSON in JSON', JSON.stringify({ body: JSON.stringify({ token: secret }) })],
  ['hex', Buffer.from(secret).toString('hex')],
  ['HEX', Buffer.from(secret).toString('hex').toUpperCase()],
  ['base64 behind nothing', Buffer.from(`${secret}:b`).toString('base64')],
  ['base64 behind a letter', Buffer.from(`a${secret}`).toString('base64')],
  ['base64 behind two', Buffer.from(`a:${secret}`).toString('base64')],
  ['base64url behind four', Buffer.from(`user${secret} and more`).toString('base64url')],
])('is found: %s', (_how, text) => {
  expect(found(text).length).toBeGreaterThan(0);
  expect(found(text, [randomBytes(24).toString('base64url')])).toEqual([]);
});

test('is found in hex, also where it has few digits; one letter over and over is not searched for', () => {
  for (const spelled of [monotonous, monotonous.toUpperCase()]) {
    expect(found(Buffer.from(spelled).toString('hex'), [spelled]).length).toBeGreaterThan(0);
    expect(found(Buffer.from(spelled).toString('hex').toUpperCase(), [spelled]).length).toBeGreaterThan(0);
  }
  expect(found(Buffer.from('A'.repeat(40)).toString('hex'), [`token-${'A'.repeat(40)}`])).toEqual([]);
});

test('is found in bytes that are no text', () => {
  const bytes = Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(secret), Buffer.from([0, 200])]);
  expect(found(bytes).length).toBeGreaterThan(0);
});

test('what surrounds it is told, and not the secret', () => {
  const [leak] = findLeaks([secret], [{ label: 'log', bytes: Buffer.from(`before ${secret} after`) }]);
  expect(leak).toMatchObject({ label: 'log', encoding: expect.any(String) as string });
  expect(leak?.around).toContain('after');
  expect(leak?.around).not.toContain(secret.slice(-16));
});

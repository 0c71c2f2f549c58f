import { ConfigurationError } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createCustomAuth } from './custom-auth.js';

const makeWith = (more: object) =>
  createCustomAuth(
    { method: 'custom', path: 'auth.ts:Mine', deadline: 10 },
    { authenticate: () => null, ...more },
    { path: ['auth'] },
  );
const make = (credentialHeaders?: () => unknown) => makeWith({ ...(credentialHeaders && { credentialHeaders }) });

test.each([
  [undefined, []],
  [() => [], []],
  [() => ['X-Team-Key', 'X-Other'], ['X-Team-Key', 'X-Other']],
])('a plugin that reads the header fields of %s', (credentialHeaders, expected) => {
  expect(make(credentialHeaders).credentialHeaders?.()).toEqual(expected);
  expect(makeWith({ companionHeaders: credentialHeaders }).companionHeaders?.()).toEqual(expected);
});

test.each([
  ['a text', () => 'X-Team-Key'],
  ['a number', () => [7]],
  ['what is no name', () => ['X Team']],
  ['a line break', () => ['X-Team\r\nSet-Cookie']],
  ['an empty name', () => ['']],
  [
    'a throw',
    () => {
      throw new Error('not today');
    },
  ],
])('is refused at start with %s', (_what, credentialHeaders) => {
  expect(() => make(credentialHeaders)).toThrow(ConfigurationError);
  expect(() => makeWith({ companionHeaders: credentialHeaders })).toThrow('what auth.ts:Mine says of itself');
});

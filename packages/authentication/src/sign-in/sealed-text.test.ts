import { createPeppers, Secret } from '@agentflow/core';
import { expect, test } from 'vitest';
import { openText, sealText } from './sealed-text.js';

const peppers = createPeppers(new Secret('a'.repeat(64)), []);
const open = (text: string) => openText(text, 'a test', 'here', peppers);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

// By how many bytes are over at its end, base64url has characters, or bits of one, that mean nothing.
test.each(['a text', 'a text.', 'a text..', 'a text...'])(
  'what is sealed, "%s", is opened as it was written and in no other way',
  (text) => {
    const sealed = sealText(text, 'a test', 'here', peppers);
    expect(open(sealed)).toBe(text);
    const others = alphabet.split('').flatMap((character) => [sealed + character, sealed.slice(0, -1) + character]);
    expect(others.filter((other) => other !== sealed && open(other) !== undefined)).toEqual([]);
  },
);

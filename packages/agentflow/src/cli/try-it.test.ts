import { expect, test } from 'vitest';
import { guessHeader } from './try-it.js';

test.each(['Bearer', 'Basic', 'DPoP'])('a plugin that asks for %s is sent one in Authorization', (scheme) => {
  expect(guessHeader('auth.ts:Mine', scheme)).toEqual({
    how: 'with a credential that auth.ts:Mine takes, in place of the dots',
    header: `Authorization: ${scheme} …`,
  });
});

test.each(['Custom', 'ApiKey', undefined])('where the scheme is %s, no header is made up', (scheme) => {
  expect(guessHeader('auth.ts:Mine', scheme)).toEqual({
    how: 'with the header that auth.ts:Mine reads, in place of the dots (it does not say which)',
    header: '…: …',
  });
});

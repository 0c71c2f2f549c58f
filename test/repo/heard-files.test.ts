import { expect, test } from 'vitest';
import { createHeardFiles } from '../heard-files.js';

test('a file is silent from its last word on, until it ends; what comes after its end counts for nothing', () => {
  let now = 0;
  const files = createHeardFiles(() => now);
  files.begin('one');
  files.begin('two');
  now = 5;
  files.hear('two');
  now = 10;
  expect([files.silentFor(10), files.silentFor(5)]).toEqual([['one'], ['one', 'two']]);
  files.end('one');
  files.hear('one');
  files.hear('never begun');
  now = 100;
  expect(files.silentFor(10)).toEqual(['two']);
});

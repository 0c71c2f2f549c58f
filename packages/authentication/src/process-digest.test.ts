import { expect, test } from 'vitest';
import { createProcessDigest } from './process-digest.js';

test('the same texts have one digest, and no others have it', () => {
  const digest = createProcessDigest();
  expect(digest('a', 'b')).toBe(digest('a', 'b'));
  const texts = [
    ['a', 'b'],
    ['ab'],
    ['b', 'a'],
    ['a', 'b', ''],
    ['a","b'],
    [''],
    [],
    ['\ud800'],
    ['\ud801'],
    ['\ufffd'],
  ];
  const digests = texts.map((one) => digest(...one));
  expect(new Set(digests).size).toBe(texts.length);
  expect(new Set(digests.map(({ length }) => length))).toEqual(new Set([44]));
});

test('each maker of them has a key of its own', () => {
  expect(createProcessDigest()('a')).not.toBe(createProcessDigest()('a'));
});

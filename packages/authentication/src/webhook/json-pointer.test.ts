import { expect, test } from 'vitest';
import { isJsonPointer, resolvePointer } from './json-pointer.js';

// RFC 6901 §5
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

test.each<[string, unknown]>([
  ['', document],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
])('%j is what the standard says', (pointer, value) => {
  expect(isJsonPointer(pointer)).toBe(true);
  expect(resolvePointer(document, pointer)).toEqual(value);
});

test.each(['foo', '#/foo', '/a~', '/a~2', 'a/b'])('%j is no pointer', (text) => {
  expect(isJsonPointer(text)).toBe(false);
});

test.each([
  '/nothing',
  '/foo/2',
  '/foo/-',
  '/foo/00',
  '/foo/length',
  '/constructor',
  '/__proto__',
  '/foo/0/0',
  '/toString/name',
])('%j leads nowhere', (pointer) => {
  expect(resolvePointer(document, pointer)).toBeUndefined();
});

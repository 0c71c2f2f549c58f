import { describe, expect, test } from 'vitest';
import { readReturnPath } from './return-path.js';

describe('where a browser goes once somebody has signed in', () => {
  test.each([
    '/',
    '/playground',
    '/playground?thread=a%2Fb&x=%E2%9C%93',
    '/docs/a.b-c_d~e',
    '/playground?next=https://evil.example/',
    '/a//b',
    '/a/../playground',
  ])('a path of this server: %s', (path) => {
    expect(readReturnPath(path)).toBe(path);
    expect(new URL(path, 'https://own.example').origin).toBe('https://own.example');
  });

  test.each([
    '',
    'playground',
    'https://evil.example/',
    'https:/evil.example',
    'javascript:alert(1)',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/%2fevil.example',
    '/%2Fevil.example',
    '/%5Cevil.example',
    '/%5cevil.example',
    '/%252fevil.example',
    '/%09/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/playground#//evil',
    '/playground%0d%0aSet-Cookie:%20a=b',
    '/playground\r\nSet-Cookie: a=b',
    '/pläyground',
    `/${'a'.repeat(1024)}`,
  ])('nothing else: %j', (path) => {
    expect(readReturnPath(path)).toBeUndefined();
  });
});

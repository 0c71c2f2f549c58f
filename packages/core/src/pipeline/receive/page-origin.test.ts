import { describe, expect, test } from 'vitest';
import { fieldsOfOpening } from './page-origin.js';

const opening = (fields: Readonly<Record<string, string>>, isSecure = false) => ({
  headers: new Map(Object.entries({ host: 'api.example.com', ...fields })),
  isSecure,
});
const listed = { origins: ['https://app.example.com'], credentials: false };

test('a program has no origin, and brings along what it likes', () => {
  const { headers, isSecure } = opening({ cookie: 'a=b', authorization: 'Basic eA==' });
  expect(fieldsOfOpening({ headers, isSecure }, undefined)).toBe(headers);
});

describe('its own pages', () => {
  test.each([
    ['http://api.example.com', 'api.example.com', false],
    ['https://api.example.com', 'api.example.com', false],
    ['https://api.example.com', 'api.example.com', true],
    ['https://api.example.com', 'api.example.com:443', true],
    ['http://API.example.com', 'api.EXAMPLE.com:80', false],
    ['http://[::1]:8000', '[::1]:8000', false],
  ])('%s at %s', (origin, host, isSecure) => {
    const { headers } = opening({ origin, host, cookie: 'a=b' });
    expect(fieldsOfOpening({ headers, isSecure }, undefined)).toBe(headers);
  });

  test.each([
    ['http://api.example.com', 'api.example.com', true],
    ['https://api.example.com', 'api.example.com:8443', true],
    ['https://api.example.com.evil.example', 'api.example.com', true],
    ['https://evil.example/api.example.com', 'api.example.com', true],
    ['https://api.example.com@evil.example', 'api.example.com', true],
    ['ftp://api.example.com', 'api.example.com', true],
    ['api.example.com', 'api.example.com', true],
    ['null', 'null', true],
    ['', '', true],
  ])('%j is not %j', (origin, host, isSecure) => {
    expect(() => fieldsOfOpening(opening({ origin, host }, isSecure), undefined)).toThrow('a page of another origin');
    expect(() => fieldsOfOpening(opening({ origin, host }, isSecure), listed)).toThrow('a page of another origin');
  });
});

describe('a page that may call', () => {
  const origin = 'https://app.example.com';
  const names = (pages: typeof listed | { origins: '*'; credentials: boolean }, fields: object) => [
    ...fieldsOfOpening(opening({ origin, ...fields }), pages).keys(),
  ];

  test('does not bring along what its browser has kept', () => {
    const kept = { cookie: 'a=b', authorization: 'Basic eA==', 'x-api-key': 'k' };
    expect(names(listed, kept)).toEqual(['host', 'origin', 'x-api-key']);
    expect(names({ origins: '*', credentials: false }, kept)).toEqual(['host', 'origin', 'x-api-key']);
    expect(names(listed, { authorization: 'Negotiate eA==' })).toEqual(['host', 'origin']);
    expect(names(listed, { authorization: 'bearer abc' })).toContain('authorization');
  });

  test('does, where CORS says so', () => {
    expect(names({ ...listed, credentials: true }, { cookie: 'a=b' })).toContain('cookie');
  });
});

import { expect, test } from 'vitest';
import { isRoleName, readSubjectName, subjectName } from './subject-name.js';

test('no two principals have one name, and none has the name of a role', () => {
  const parts = [
    'local',
    'default',
    'a',
    'b',
    'a|b',
    'b|a',
    'a%7Cb',
    '%',
    '|',
    '#',
    'a#b',
    'user:a',
    'user@a|b',
    'user#a|b',
    '@a',
  ];
  const names = parts.flatMap((realm) =>
    parts.flatMap((tenant) => parts.map((sub) => subjectName({ realm, tenant, sub }))),
  );
  expect(new Set(names).size).toBe(parts.length ** 3);
  expect(names.filter((name) => isRoleName(name))).toEqual([]);
});

test.each(['admin', 'user', 'users', 'role:admin', 'User:alice', 'useralice'])('%s is a role', (name) => {
  expect(isRoleName(name)).toBe(true);
});

test('a name says whose it is, and one that no principal has says nothing', () => {
  for (const realm of ['local', 'https://issuer.example', 'a|b', '%']) {
    for (const tenant of ['default', 'acme', '#', 'a%7Cb']) {
      for (const sub of ['alice', 'a|b', 'user:a', '%7C', '#']) {
        expect(readSubjectName(subjectName({ realm, tenant, sub }))).toEqual({ realm, tenant, sub });
      }
    }
  }
  for (const name of ['admin', 'user:', 'user#acme', 'user@a', 'user@a#b', 'user#|a', 'user@%7|a', 'user@local|a']) {
    expect(readSubjectName(name)).toBeUndefined();
  }
});

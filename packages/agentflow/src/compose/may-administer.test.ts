import { expect, test } from 'vitest';
import { type AuthConfiguration, authSchema } from '../configuration/schema.js';
import { mayAdminister } from './may-administer.js';

const read = (written: unknown): AuthConfiguration => authSchema.parse(written);
const login = read('login');
const issuing = read({ method: 'api_key', issued: true });

test.each<[string, AuthConfiguration]>([
  ['nobody else', login],
  ['keys that its users make', issuing],
  ['its users by their passwords', read({ method: 'basic' })],
])('the role of a login counts beside %s', (_what, other) => {
  expect(mayAdminister(login, other === login ? [login] : [login, other])).toBe(true);
});

test.each<[string, AuthConfiguration]>([
  ['tokens of others', read('jwt')],
  ['keys of the file', read({ method: 'api_key', issued: true, keys: [{ id: 'a', key: { env: 'A' }, subject: 'a' }] })],
  ['keys of a file of its own', read({ method: 'api_key', issued: true, file: 'keys.json' })],
  ['keys that nobody makes', read('api_key')],
  ['a name and a password of the file', read({ method: 'basic', username: 'a', password: { env: 'A' } })],
])('and does not beside %s, who could have it too', (_what, other) => {
  expect(mayAdminister(login, [login, other])).toBe(false);
});

test('what stands beside a login makes nobody an administrator', () => {
  expect(mayAdminister(issuing, [login, issuing])).toBe(false);
});

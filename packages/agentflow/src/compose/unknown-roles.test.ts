import { expect, test } from 'vitest';
import { validate } from '../configuration/validate.js';
import { describeUnknownRolesOfFile } from './unknown-roles.js';

const named = { method: 'roles', roles: { editor: ['thread:*'], user: ['thread:read'] }, default_role: 'guest' };

const withRoles = (role: string, authorization: object | string = named) => ({
  agent: 'a.ts:b',
  auth: [
    { method: 'api_key', keys: [{ id: 'ci', subject: 'ci', key: { env: 'CI' }, roles: [role] }] },
    { method: 'basic', username: 'root', password: { env: 'P' }, roles: [role, 'user'] },
    {
      method: 'login',
      providers: {
        list: { issuer: 'https://a.example', client_id: 'a', roles: [role] },
        map: {
          ...{ issuer: 'https://b.example', client_id: 'b' },
          roles: { claim: 'groups', map: { staff: [role] }, always: ['user'] },
        },
      },
    },
  ],
  webhooks: { orders: { secret: { env: 'W' }, roles: [role] }, plain: { secret: { env: 'V' } } },
  authorization,
});

function told(file: object): readonly string[] {
  const { configuration, faults } = validate(file);
  expect(faults).toEqual([]);
  if (configuration === undefined) throw new Error('no configuration');
  return describeUnknownRolesOfFile(configuration);
}

test('each place of the file that gives a role which "roles" does not name is told', () => {
  const line = '"authorization" has no role "edtor". It has: editor, user, guest';
  expect(told(withRoles('edtor'))).toEqual([
    `the API key "ci": ${line}`,
    `the user of "basic": ${line}`,
    `the provider "list": ${line}`,
    `the provider "map": ${line}`,
    `the webhook "orders": ${line}`,
  ]);
});

test.each([
  ['roles that it names', 'editor', named],
  ['the default role', 'guest', named],
  ['any role, where a policy decides', 'edtor', { method: 'casbin', policy: 'policy.csv' }],
])('nothing is told of %s', (_what, role, authorization) => {
  expect(told(withRoles(role, authorization))).toEqual([]);
});

test('nor of a file that gives none', () => {
  expect(told({ agent: 'a.ts:b', auth: 'login', authorization: named })).toEqual([]);
});

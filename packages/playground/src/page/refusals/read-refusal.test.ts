import { AgentFlowError, AuthenticationError, CredentialError, NetworkError, PermissionError } from '@agentflow/client';
import type { MeResponse } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { type Asker, readRefusal } from './read-refusal.js';

const me: MeResponse = {
  ...{ user_id: 'ann', subject: 'ann', realm: 'local', tenant: 'default', roles: [], scopes: null, claims: {} },
  ...{ actor: null, method: 'jwt', expires_at: null, permissions: ['checkpointer:read'], own_permissions: [] },
};
const ann: Asker = { me, hasCredential: true };

type Facts = Partial<ConstructorParameters<typeof AgentFlowError>[1]>;
const denied = (message: string, facts: Facts = {}) =>
  new PermissionError(message, { status: 403, code: 'ACCESS_DENIED', requestId: 'r-1', ...facts });
const unknown = (code: string) => new AuthenticationError('Unauthorized.', { status: 401, code });

describe('the missing permission', () => {
  const scope = { scheme: 'Bearer', parameters: { error: 'insufficient_scope', scope: 'graph:stop' } };

  test.each([
    ['by the challenge', denied('No.', { challenges: [scope] }), 'graph:stop'],
    ['by the sentence', denied('Forbidden: this needs the permission api-key:read.'), 'api-key:read'],
    ['by neither', denied('Forbidden: the threads of others are shown to administrators only.'), undefined],
    ['of a 401', new AuthenticationError('x', { status: 401, code: 'x', challenges: [scope] }), undefined],
  ])('%s', (_how, error, permission) => {
    expect(readRefusal(error, 'Try', ann).permission).toBe(permission);
  });
});

test.each<readonly [string, unknown, Asker, RegExp]>([
  ['no credential', unknown('AUTH_REQUIRED'), { me: undefined, hasCredential: false }, /no credential was sent/],
  ['a wrong one', unknown('AUTH_REQUIRED'), ann, /knows nobody by this credential/],
  ['one that has expired', unknown('TOKEN_EXPIRED'), ann, /its time is over/],
  [
    'no permission',
    denied('this needs the permission graph:fix.'),
    ann,
    /you are ann. No role or rule gives you graph:fix\.$/,
  ],
  [
    'no permission, or no scope',
    denied('this needs the permission graph:fix.'),
    { me: { ...me, scopes: ['graph:read'] }, hasCredential: true },
    /or the scopes of your credential leave it out/,
  ],
  [
    'not this one',
    denied('this needs the permission checkpointer:read.'),
    ann,
    /for some things, and not for this one/,
  ],
  ['a 403 that names none', denied('No.'), ann, /The answer is no all the same/],
  ['nobody whom the page knows', denied('No.'), { me: undefined, hasCredential: true }, /knows who you are/],
  ['what cannot stand in a header', new CredentialError('x', { code: 'CREDENTIAL_UNFIT' }), ann, /Nothing was sent/],
  ['no answer', new NetworkError('x', { code: 'NETWORK' }), ann, /Is the server running/],
  ['too many', new AgentFlowError('x', { status: 429, code: 'x', retryAfterSeconds: 7 }), ann, /in 7 s/],
  ['a fault of the server', new AgentFlowError('x', { status: 503, code: 'UNAVAILABLE' }), ann, /fault of the server/],
  ['a fault of the page', new TypeError('undefined is not a function'), ann, /in the page itself/],
])('%s is explained', (_what, error, asker, meaning) => {
  expect(readRefusal(error, 'Try', asker).meaning).toMatch(meaning);
});

test('what the server has told is handed on as it is', () => {
  const facts = {
    challenges: [{ scheme: 'Basic', parameters: { realm: 'here', charset: 'UTF-8' } }],
    details: [{ loc: ['body', 'messages', 0], msg: 'is no message', type: 'x' }],
  };
  expect(readRefusal(denied('No.', facts), 'Say something', ann)).toMatchObject({
    ...{
      tried: 'Say something',
      status: 403,
      title: 'You may not',
      code: 'ACCESS_DENIED',
      message: 'No.',
      requestId: 'r-1',
    },
    challenges: ['Basic realm="here", charset="UTF-8"'],
    details: ['body.messages.0: is no message'],
  });
  expect(readRefusal(unknown('AUTH_REQUIRED'), 'x', ann).requestId).toBeUndefined();
});

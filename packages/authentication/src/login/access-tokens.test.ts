import { silentLog, systemClock } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createSecret } from '../../../../test/harness/project.js';
import { inSeconds, signToken } from '../../../../test/harness/tokens.js';
import { createAccessTokens } from './access-tokens.js';
import { findSharedSecret } from './secret-keys.js';

/* With a shared secret, others can sign what looks like a token of ours: what could not be taken back is none. */

const secret = createSecret();
const keys = await findSharedSecret({
  ...{ directory: '.', path: ['auth'], isLiteral: () => false, environment: { JWT_SECRET_KEY: secret } },
  ...{ clock: systemClock, log: silentLog, strict: true, warn: () => undefined },
});
const options = { issuer: 'agentflow', audience: 'agentflow', token_ttl: 900 };
const tokens = createAccessTokens({ keys, areSecrets: true, options, clock: systemClock });

const whole = {
  ...{ iss: 'agentflow', aud: 'agentflow', sub: 'usr_alice', roles: ['user'], tenant: 'default' },
  ...{ iat: inSeconds(0), exp: inSeconds(600), jti: 'one', sid: 'ses_1' },
};
const read = (changes: object, type = 'at+jwt') =>
  tokens.read(signToken({ ...whole, ...changes }, secret, { alg: 'HS256', typ: type }));

test('a token with all that ours have is one', async () => {
  expect(await read({})).toMatchObject({ principal: { subject: 'usr_alice' }, sessionId: 'ses_1' });
});

test.each<[string, object, string?]>([
  ['its session', { sid: undefined }],
  ['an id', { jti: undefined }],
  ['our name', { iss: 'elsewhere' }],
  ['our audience', { aud: 'others' }],
  ['an end', { exp: undefined }],
  ['an end within an hour', { exp: inSeconds(86_400) }],
  ['its type', {}, 'JWT'],
])('one without %s is none', async (_what, changes, type) => {
  expect(await read(changes, type)).toBeUndefined();
});

import { systemClock } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { createJwtBackend } from '../../../../test/harness/jwt-backend.js';
import { createKeyPair } from '../../../../test/harness/key-pairs.js';
import { createSecret } from '../../../../test/harness/project.js';
import { inSeconds, tokenFor } from '../../../../test/harness/tokens.js';
import { createTokenSigner, jwtAuthOptionsSchema } from './index.js';

const secret = createSecret();
const environment = { JWT_SECRET_KEY: secret };

describe('signed here', () => {
  const sign = (options: object, more: object) =>
    createTokenSigner(jwtAuthOptionsSchema.parse({ method: 'jwt', ...options }), {
      ...{ directory: '.', path: ['auth'], environment, clock: systemClock, strict: true },
      ...{ isLiteral: () => false, warn: () => undefined },
    })({ subject: 'alice', lifetimeSeconds: 60, ...more });

  test.each([{}, { claims: { actor: 'delegate', roles: 'groups' } }])(
    'and read under the same names: %j',
    async (options) => {
      const actor = { subject: 'bot', roles: ['runner'], actor: { subject: 'planner' } };
      const backend = await createJwtBackend(options, { environment });
      expect(await backend.present(await sign(options, { actor }))).toMatchObject({
        kind: 'authenticated',
        principal: { actor: { subject: 'bot', roles: ['runner'], actor: { subject: 'planner', roles: [] } } },
      });
      expect(await backend.present(await sign(options, {}))).not.toHaveProperty('principal.actor');
    },
  );
});

describe('what is not the claim "act"', () => {
  test.each<[string, object]>([
    ['may_act, which is for an exchange', { may_act: { sub: 'bot' } }],
    ['actor, of which no standard knows', { actor: { sub: 'bot' } }],
    ['_act', { _act: { sub: 'bot' } }],
  ])('%s: makes nobody an actor, and is no claim', async (_what, claims) => {
    const backend = await createJwtBackend({}, { environment });
    const answer = await backend.present(tokenFor('alice', secret, claims));
    expect(answer).toMatchObject({ kind: 'authenticated', principal: { subject: 'alice', claims: {} } });
    expect(answer).not.toHaveProperty('principal.actor');
  });
});

describe('signed by an issuer', () => {
  const issuer = 'https://issuer.test';
  const pair = createKeyPair('ES256');
  const options = { public_key: { value: pair.pem }, issuer, audience: 'us' };
  const claims = (act: unknown) => ({ sub: 'alice', iss: issuer, aud: 'us', exp: inSeconds(60), act });

  test.each<[object, string]>([
    [{}, issuer],
    [{ iss: issuer }, issuer],
    [{ iss: 'https://other.test' }, 'https://other.test'],
  ])('an actor %j is of %s', async (act, realm) => {
    const backend = await createJwtBackend(options);
    expect(await backend.present(pair.sign(claims({ sub: 'bot', ...act })))).toMatchObject({
      principal: { realm: issuer, actor: { realm, subject: 'bot' } },
    });
  });

  test('no actor of theirs is ours', async () => {
    const backend = await createJwtBackend(options);
    expect(await backend.present(pair.sign(claims({ sub: 'bot', iss: 'local' })))).toMatchObject({
      kind: 'rejected',
      reason: 'the "iss" of who acts ("act") must not be "local"',
    });
  });
});

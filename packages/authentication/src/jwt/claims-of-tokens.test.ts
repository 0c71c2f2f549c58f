import { expect, test } from 'vitest';
import { createJwtBackend } from '../../../../test/harness/jwt-backend.js';
import { createSecret } from '../../../../test/harness/project.js';
import { tokenFor } from '../../../../test/harness/tokens.js';

const secret = createSecret();

test('a token that is bound to a key is no Bearer token: nobody has proved that they have it (RFC 7800, 8705, 9449)', async () => {
  const backend = await createJwtBackend({ secret });
  for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}, null, 'x']) {
    expect(await backend.present(tokenFor('alice', secret, { cnf }))).toMatchObject({ kind: 'rejected' });
  }
  expect(await backend.present(tokenFor('alice', secret))).toMatchObject({ kind: 'authenticated' });
});

test('a dotted path leads to a claim within others, unless a claim has the whole of it for a name', async () => {
  const backend = await createJwtBackend({
    secret,
    claims: { roles: 'realm_access.roles', tenant: ['org.id', 'org'] },
  });
  const rolesOf = async (claims: object) => {
    const answer = await backend.present(tokenFor('alice', secret, { org: 'acme', ...claims }));
    return answer.kind === 'authenticated' ? [answer.principal.roles, answer.principal.tenant] : answer.kind;
  };
  expect(await rolesOf({ realm_access: { roles: ['editor'] } })).toEqual([['editor'], 'acme']);
  expect(await rolesOf({ 'realm_access.roles': ['reader'], realm_access: { roles: ['editor'] } })).toEqual([
    ['reader'],
    'acme',
  ]);
  expect(await rolesOf({ org: { id: 'globex' } })).toEqual([[], 'globex']);
  expect(await rolesOf({ realm_access: ['editor'] })).toEqual([[], 'acme']);
  expect(await rolesOf({ realm_access: { roles: 7 } })).toBe('rejected');
  expect(await rolesOf({ realm_access: {} })).toEqual([[], 'acme']);
});

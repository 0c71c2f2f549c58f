import { expect, test } from 'vitest';
import { identityProvider, jwtResource, opaqueResource } from './identity-provider.js';

const part = (token: string, index: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
const decodeProtectedHeader = (token: string) => part(token, 0);
const decodeJwt = (token: string) => part(token, 1);

/* Whatever is shown with it is worth as much as this: that it is a provider like others. */

const provider = identityProvider({ claimsOf: (subject) => ({ roles: [`${subject}s`] }) });

test('its access tokens are JWTs of RFC 9068 for the one resource, and opaque for the other', async () => {
  const { access_token: jwt } = await provider.serviceToken();
  expect(decodeProtectedHeader(jwt)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
  expect(decodeJwt(jwt)).toMatchObject({ iss: provider.issuer, aud: jwtResource, sub: 'service', roles: ['services'] });
  const { access_token: opaque } = await provider.serviceToken({ resource: opaqueResource, scope: 'graph:read' });
  expect(opaque).not.toContain('.');
});

test('somebody signs in by authorization code with PKCE, and their token can be taken back', async () => {
  const tokens = await provider.userTokens('alice', { resource: opaqueResource });
  const introspect = async () => {
    const { id, secret } = provider.resourceServer;
    const response = await fetch(`${provider.issuer}/token/introspection`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ token: tokens.access_token }),
    });
    return response.json();
  };
  expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ sub: 'alice', aud: 'application' });
  expect(await introspect()).toMatchObject({ active: true, sub: 'alice', aud: opaqueResource, roles: ['alices'] });
  await provider.revoke(tokens.access_token);
  expect(await introspect()).toEqual({ active: false });
});

test('a terminal is signed in by device code', async () => {
  const begin = await fetch(`${provider.issuer}/device/auth`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: provider.application.id,
      scope: 'openid graph:read',
      resource: jwtResource,
    }),
  });
  const device = (await begin.json()) as Record<string, string>;
  await provider.approveDevice(device['verification_uri_complete'] ?? '', 'bob');
  const answer = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: provider.application.id,
      device_code: device['device_code'] ?? '',
      resource: jwtResource,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  expect(decodeJwt(token)).toMatchObject({ sub: 'bob', aud: jwtResource, scope: 'graph:read', roles: ['bobs'] });
});

test('its keys rotate, it goes away and comes back', async () => {
  const kids = async () => {
    const response = await fetch(`${provider.issuer}/jwks`);
    return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  const first = await kids();
  provider.rotateKeys({ keepFormer: true });
  const both = await kids();
  expect([both.length, both[1]]).toEqual([2, first[0]]);
  await provider.stop();
  await expect(kids()).rejects.toThrow();
  await provider.resume();
  provider.rotateKeys({ keepFormer: false });
  expect((await kids()).some((kid) => both.includes(kid))).toBe(false);
});

import { parseChallenges } from '@agentflow/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityProvider, jwtResource, opaqueResource } from '../harness/identity-provider.js';
import { exampleGraph } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/* With a real provider: security bar 9, 15 to 17, 22, 24 and 53. It is `oidc-provider`, on this machine. */

const provider = identityProvider({ claimsOf: (subject) => ({ realm_access: { roles: [`role-of-${subject}`] } }) });

const env = {
  get ISSUER() {
    return provider.issuer;
  },
  get CLIENT_SECRET() {
    return provider.resourceServer.secret;
  },
};
const issuer = '${ISSUER}';
const jwts = {
  ...{ method: 'oauth', issuer, audience: jwtResource, claims: { roles: 'realm_access.roles' } },
  ...{ key_cooldown: '1s', key_cache: '2s', fetches_per_minute: 60, resource: jwtResource },
};
const opaque = (cache: string | number) => ({
  ...{ method: 'oauth', issuer, audience: opaqueResource, claims: { roles: 'realm_access.roles' }, cache },
  introspection: { client_id: 'resource-server', client_secret: '${CLIENT_SECRET}' },
});
/** Nobody listens there (RFC 6335). */
const nobody = 'http://127.0.0.1:1';

const server = serve({ agent: exampleGraph, auth: [jwts, opaque('2s')] }, { env });
const other = serve(
  { agent: exampleGraph, auth: [{ method: 'oauth', issuer: nobody, audience: jwtResource }, opaque(0)] },
  {
    env: {
      PUBLIC_URL: 'http://127.0.0.1:9999/agents',
      get ISSUER() {
        return provider.issuer;
      },
      get CLIENT_SECRET() {
        return provider.resourceServer.secret;
      },
    },
  },
);

const me = (token: string, on: Served = server) => send(`${on.url}/v1/auth/me`, { token });
const introspections = () => provider.requestsTo('/token/introspection');
const statusOf = async (token: string, on: Served = server) => (await me(token, on)).status;
const patient = { timeout: 15_000, interval: 200 };

let alice: { readonly jwt: string; readonly opaque: string };
const secrets: string[] = [];

beforeAll(async () => {
  const [jwt, secret] = await Promise.all([
    provider.userTokens('alice', { scope: 'openid offline_access graph:read graph:invoke session:read' }),
    provider.userTokens('alice', { resource: opaqueResource, scope: 'openid graph:read session:read' }),
  ]);
  alice = { jwt: jwt.access_token, opaque: secret.access_token };
  secrets.push(alice.jwt, alice.opaque, provider.resourceServer.secret);
});

afterAll(() => {
  for (const text of secrets) {
    expect(server.output()).not.toContain(text);
    expect(other.output()).not.toContain(text);
  }
});

describe('whose a token is', () => {
  test('a JWT’s: whoever has signed in, in the realm of the issuer', async () => {
    const { status, body } = await me(alice.jwt);
    expect([status, body]).toMatchObject([
      200,
      { user_id: 'alice', realm: provider.issuer, roles: ['role-of-alice'], method: 'oauth' },
    ]);
    expect(body.scopes).toEqual(expect.arrayContaining(['graph:read', 'graph:invoke', 'session:read']));
    const answer = await send(`${server.url}/v1/graph/invoke`, { token: alice.jwt, body: say('Who am I?', 'test-1') });
    expect(lastText(answer)).toContain('You are alice, with the roles role-of-alice.');
  });

  test('an opaque one’s is the same, by what the issuer says when it is asked', async () => {
    const { status, body } = await me(alice.opaque);
    expect([status, body]).toMatchObject([200, { user_id: 'alice', realm: provider.issuer, roles: ['role-of-alice'] }]);
  });

  test('a client’s own, without anybody', async () => {
    const { access_token: token } = await provider.serviceToken();
    expect(await me(token)).toMatchObject({ status: 200, body: { user_id: 'service', roles: ['role-of-service'] } });
  });

  test('an ID token, a refresh token and a token for somebody else are nobody’s', async () => {
    const tokens = await provider.userTokens('bob', { scope: 'openid offline_access session:read' });
    const { access_token: access, refresh_token: refresh = 'none', id_token: id = 'none' } = tokens;
    expect([refresh, id]).not.toContain('none');
    secrets.push(access, refresh, id);
    expect([await statusOf(id), await statusOf(refresh), await statusOf(refresh, other)]).toEqual([401, 401, 401]);
    // The other server knows nobody by the JWTs of this issuer.
    expect([await statusOf(access), await statusOf(access, other)]).toEqual([200, 401]);
  });
});

describe('what a token may', () => {
  test('is asked anew on each route, of one answer of the issuer; and another server asks for itself', async () => {
    const { access_token: token } = await provider.userTokens('carol', {
      resource: opaqueResource,
      scope: 'openid graph:read session:read',
    });
    const before = introspections();
    const read = await send(`${server.url}/v1/graph`, { token });
    const write = await send(`${server.url}/v1/graph/invoke`, { token, body: say('Hello') });
    expect([read.status, write.status, introspections() - before]).toEqual([200, 403, 1]);
    expect(write.headers.get('www-authenticate')).toMatch(/Bearer .*error="insufficient_scope", scope="graph:invoke"/);
    expect([await statusOf(token, other), introspections() - before]).toEqual([200, 2]);
    // This one believes nothing that it was told before.
    expect([await statusOf(token, other), introspections() - before]).toEqual([200, 3]);
  });

  test('ends when it is taken back, as soon as what was said before is not believed any more', async () => {
    const { access_token: token } = await provider.userTokens('dora', {
      resource: opaqueResource,
      scope: 'openid session:read',
    });
    expect([await statusOf(token), await statusOf(token, other)]).toEqual([200, 200]);
    await provider.revoke(token);
    expect(await statusOf(token, other)).toBe(401);
    await expect.poll(() => statusOf(token), patient).toBe(401);
    expect(await statusOf(alice.opaque)).toBe(200);
  });
});

describe('how somebody who has no token finds one', () => {
  const challengesOf = async (token?: string) => {
    const { status, headers } = await send(`${server.url}/v1/threads`, token === undefined ? {} : { token });
    return { status, challenges: parseChallenges(headers.get('www-authenticate') ?? '') };
  };
  const metadata = `${jwtResource}/.well-known/oauth-protected-resource`;

  test('a challenge without an error, and with one, where a token was no good', async () => {
    const none = await challengesOf();
    expect(none.status).toBe(401);
    expect(none.challenges[0]).toEqual({
      scheme: 'Bearer',
      parameters: { realm: 'agentflow', resource_metadata: metadata },
    });
    const bad = await challengesOf('some-token-5f2c81d9e0');
    expect([bad.status, bad.challenges[0]?.parameters['error']]).toEqual([401, 'invalid_token']);
    expect(bad.challenges[0]?.parameters['resource_metadata']).toBe(metadata);
  });

  test('from the challenge to the metadata, to the issuer, to a token, to an answer', async () => {
    const { challenges } = await challengesOf();
    // What stands for the public address here is this machine.
    const { pathname } = new URL(challenges[0]?.parameters['resource_metadata'] ?? '');
    const { status, body } = await send(`${server.url}${pathname}`);
    expect([status, body]).toMatchObject([
      200,
      { resource: jwtResource, authorization_servers: [provider.issuer], bearer_methods_supported: ['header'] },
    ]);
    expect(body.scopes_supported).toContain('graph:invoke');
    const [found] = body.authorization_servers as string[];
    const of = (await (await fetch(`${found}/.well-known/openid-configuration`)).json()) as { token_endpoint: string };
    const { id, secret } = provider.service;
    const form = { grant_type: 'client_credentials', resource: body.resource as string, scope: 'session:read' };
    const answer = await fetch(of.token_endpoint, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(await statusOf(token)).toBe(200);
  });

  test('whatever the request says of its host, it is told the same', async () => {
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    const { text } = await send(`${server.url}/.well-known/oauth-protected-resource`, { headers });
    expect(JSON.parse(text)).toMatchObject({ resource: jwtResource });
    expect(text).not.toContain('evil');
  });

  test('of a server below a path, behind its name; and there alone', async () => {
    const told = await send(`${other.url}/.well-known/oauth-protected-resource/agents`);
    expect([told.status, told.body.resource]).toEqual([200, 'http://127.0.0.1:9999/agents']);
    expect(told.body.authorization_servers).toEqual([nobody, provider.issuer]);
    expect((await send(`${other.url}/.well-known/oauth-protected-resource`)).status).toBe(401);
  });
});

describe('while the provider changes', () => {
  test('a provider that was never there: the server serves, and only its tokens are 503', async () => {
    const token = signToken({ iss: nobody, sub: 'eve', aud: jwtResource, exp: inSeconds(60) }, 'x', {
      ...{ alg: 'ES256', typ: 'at+jwt', kid: 'k' },
    });
    const refused = await me(token, other);
    expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(refused.text).not.toMatch(/127\.0\.0\.1|keys|ECONN/);
    expect([await statusOf(alice.opaque, other), (await send(`${other.url}/ready`)).status]).toEqual([200, 200]);
    expect(other.output()).toContain(`the keys of ${nobody} cannot be fetched`);
  });

  test('new keys are found, old ones go, and nobody who signs by a key that is there notices', async () => {
    const before = alice.jwt;
    expect(await statusOf(before)).toBe(200);
    provider.rotateKeys({ keepFormer: true });
    const { access_token: next } = await provider.serviceToken();
    expect(await statusOf(before)).toBe(200);
    await expect.poll(() => statusOf(next), patient).toBe(200);
    provider.rotateKeys({ keepFormer: false });
    const { access_token: last } = await provider.serviceToken();
    await expect.poll(() => statusOf(last), patient).toBe(200);
    await expect.poll(() => statusOf(before), patient).toBe(401);
    expect(await statusOf(last)).toBe(200);
  });

  test('while it is away, JWTs are good by the keys that are known; what must be asked about is 503', async () => {
    const { access_token: jwt } = await provider.serviceToken();
    const { access_token: secret } = await provider.userTokens('fred', {
      resource: opaqueResource,
      scope: 'openid session:read',
    });
    await expect.poll(() => statusOf(jwt), patient).toBe(200);
    expect(await statusOf(secret)).toBe(200);
    await provider.stop();
    await expect.poll(() => statusOf(secret), patient).toBe(503);
    // Asked for by whoever presents one, once those that are known are old.
    const isTold = () => server.output().includes('those that are known are used until');
    await expect.poll(async () => [await statusOf(jwt), isTold()], patient).toEqual([200, true]);
    expect(await statusOf('another-token-5f2c81d9e0')).toBe(503);
    await provider.resume();
    await expect.poll(() => statusOf(secret), patient).toBe(200);
    await expect.poll(() => statusOf('another-token-5f2c81d9e0'), patient).toBe(401);
    await expect
      .poll(async () => [await statusOf(jwt), server.output().includes('can be fetched again')], patient)
      .toEqual([200, true]);
  });
});

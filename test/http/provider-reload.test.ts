import { expect, test } from 'vitest';
import { createCookieBrowser } from '../harness/cookie-browser.js';
import { identityProvider } from '../harness/identity-provider.js';
import { configuration, type ReloadingServer, startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';

/* Security bar 43: who has signed in with a provider, when the file says otherwise than it did then. */

const clientSecret = 'provider-reload-93b0c7d15e82f46a';
const provider = identityProvider();

const everybody = ['alice@example.test', 'bob@example.test'];
const roleOf = (role: string) => ({ claim: 'email', map: { 'alice@example.test': [role] }, always: ['user'] });

function login(home?: object) {
  const one = {
    ...{ issuer: provider.issuer, client_id: 'agentflow', client_secret: { env: 'CLIENT_SECRET' }, device: true },
    ...{ allow: { emails: everybody }, roles: roleOf('editor'), ...home },
  };
  return {
    'agentflow.json': configuration({ auth: { method: 'login', providers: home === undefined ? {} : { one } } }),
  };
}

/** Somebody in a browser and at a terminal. */
async function signIn(server: ReloadingServer, name: string) {
  const browser = createCookieBrowser(() => server.url);
  expect((await browser.signIn('one', name)).status).toBe(302);
  const path = `${server.url}/v1/auth/oauth/one/device`;
  const { body: begun } = await send(path, { method: 'POST' });
  await provider.approveDevice(begun.verificationUriComplete, name);
  const { status, body } = await send(`${path}/token`, { body: { deviceCode: begun.deviceCode } });
  expect([status, body.status]).toEqual([200, 'signed-in']);
  const rolesIn = ({ status: found, body: me }: Pick<Awaited<ReturnType<typeof send>>, 'status' | 'body'>) =>
    found === 200 ? me.roles : found;
  let { token, refreshToken } = body.session;
  return {
    cookie: async () => rolesIn(await browser.ask('/v1/auth/me', { from: 'own page' })),
    token: async () => rolesIn(await send(`${server.url}/v1/auth/me`, { token })),
    async refresh() {
      const answer = await send(`${server.url}/v1/auth/refresh`, { body: { refreshToken } });
      if (answer.status === 200) ({ token, refreshToken } = answer.body);
      return answer.status;
    },
  };
}

test('what their provider has said means what the file says now', async () => {
  const server = await startReloading(login({}), { env: { CLIENT_SECRET: clientSecret } });
  await provider.register({
    ...{ client_id: 'agentflow', client_secret: clientSecret },
    grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    redirect_uris: [`${server.url}/v1/auth/oauth/one/callback`],
  });
  const [alice, bob] = [await signIn(server, 'alice'), await signIn(server, 'bob')];
  expect([await alice.cookie(), await alice.token()]).toEqual([
    ['user', 'editor'],
    ['user', 'editor'],
  ]);
  expect([await bob.cookie(), await bob.token()]).toEqual([['user'], ['user']]);

  expect(await server.reload(login({ allow: { emails: everybody.slice(0, 1) }, roles: roleOf('reader') }))).toBe(
    'in force',
  );
  expect(await alice.cookie()).toEqual(['user', 'reader']);
  // Until it is renewed, or runs out.
  expect(await alice.token()).toEqual(['user', 'editor']);
  expect(await alice.refresh()).toBe(200);
  expect(await alice.token()).toEqual(['user', 'reader']);
  expect(await bob.cookie()).toBe(401);
  expect(await bob.refresh()).toBe(401);
  expect(await bob.token()).toEqual(['user']);

  // Nothing of it has ended: a mistake in the file, or a process that has not read it yet, signs nobody out for good.
  expect(await server.reload(login({}))).toBe('in force');
  expect([await bob.cookie(), await bob.refresh(), await bob.token()]).toEqual([['user'], 200, ['user']]);

  expect(await server.reload(login())).toBe('in force');
  for (const one of [alice, bob]) expect([await one.cookie(), await one.token()]).toEqual([401, 401]);
  expect(await alice.refresh()).toBe(401);
});

import { expect, test } from 'vitest';
import { createCookieBrowser } from '../harness/cookie-browser.js';
import { openEmbedded } from '../harness/embedded-database.js';
import { identityProvider } from '../harness/identity-provider.js';
import {
  administrator,
  administratorEnvironment,
  createPerson,
  signIn,
  statusOf,
  tryRefresh,
} from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/*
 * Where the people of a tenant are signed in, for whoever may read and change users: also people whom a provider has signed in, of whom
 * there is no user here.
 */

const clientSecret = 'tenant-sessions-9d2c5e71b80f43a6';
const provider = identityProvider();
const client = { client_id: 'agentflow', client_secret: { env: 'CLIENT_SECRET' }, allow_networks: ['127.0.0.1/32'] };
const environment = Object.defineProperty({}, 'ISSUER', { get: () => provider.issuer, enumerable: true });

const server = serve(
  {
    agent: echoGraph,
    trusted_proxies: ['127.0.0.1'],
    auth: [
      { method: 'login', providers: { first: { issuer: '${ISSUER}', ...client, roles: ['user'] } } },
      { method: 'api_key', issued: true },
    ],
    authorization: { method: 'ownership', administrator_role: 'admin' },
  },
  {
    env: Object.assign(environment, { ...administratorEnvironment, CLIENT_SECRET: clientSecret }),
    prepare: ({ url }) =>
      provider.register({
        ...{ client_id: 'agentflow', client_secret: clientSecret, grant_types: ['authorization_code'] },
        redirect_uris: [`${url}/v1/auth/oauth/first/callback`],
      }),
  },
);

const path = '/v1/tenant/sessions';
const ask = (token: string, where: string, method = 'GET') => send(`${server.url}${where}`, { token, method });
const root = async () => (await signIn(server.url, administrator)).token;
const idsIn = (body: { sessions: { id: string }[] }) => body.sessions.map(({ id }) => id);

test('an administrator ends the session of somebody whom a provider has signed in', async () => {
  const browser = createCookieBrowser(() => server.url);
  await browser.signIn('first', 'alice');
  const me = () => browser.ask('/v1/auth/me', { from: 'own page' });
  const { session_id: id } = (await me()).body;
  const token = await root();
  const { body } = await ask(token, `${path}?subject=alice`);
  expect(body).toEqual({
    sessions: [
      {
        ...{ id, via: 'first', owner: { realm: provider.issuer, subject: 'alice' }, address: expect.any(String) },
        ...{ userAgent: expect.any(String), createdAt: expect.any(String), lastUsedAt: expect.any(String) },
        expiresAt: expect.any(String),
      },
    ],
    next: null,
  });
  expect((await me()).status).toBe(200);
  const ended = await ask(token, `${path}/${id}`, 'DELETE');
  expect([ended.status, ended.body]).toEqual([200, { ended: 1 }]);
  expect((await me()).status).toBe(401);
  expect((await ask(token, `${path}/${id}`, 'DELETE')).status).toBe(404);
  expect((await ask(token, `${path}?subject=alice`)).body).toEqual({ sessions: [], next: null });
  const told = new RegExp(`"session-ended".*"session":"${id}".*"subject":"alice"`);
  await expect.poll(() => told.test(server.output()), { timeout: 5_000 }).toBe(true);
});

test('likewise of a user, whose other sessions go on; the latest is listed first, in parts', async () => {
  const bob = await createPerson(server.url, 'bob');
  const first = await signIn(server.url, bob);
  const second = await signIn(server.url, bob);
  const token = await root();
  const of = `${path}?subject=${bob.id}`;
  const part = (await ask(token, `${of}&limit=1`)).body;
  const rest = (await ask(token, `${of}&limit=1&cursor=${part.next}`)).body;
  expect([...idsIn(part), ...idsIn(rest)].toSorted()).toEqual([first.sessionId, second.sessionId].toSorted());
  const createdAt = [...part.sessions, ...rest.sessions].map((one: { createdAt: string }) => one.createdAt);
  expect(createdAt).toEqual(createdAt.toSorted().toReversed());
  expect((await ask(token, `${of}&limit=1&cursor=${rest.next}`)).body).toEqual({ sessions: [], next: null });
  expect(idsIn((await ask(token, path)).body)).toEqual(expect.arrayContaining([first.sessionId, second.sessionId]));

  expect((await ask(token, `${path}/${first.sessionId}`, 'DELETE')).status).toBe(200);
  expect([await statusOf(server.url, first.token), await statusOf(server.url, second.token)]).toEqual([401, 200]);
  expect((await tryRefresh(server.url, first.refreshToken)).status).toBe(401);
  expect((await tryRefresh(server.url, second.refreshToken)).status).toBe(200);
});

test('nobody else sees or ends them, and no administrator those of another tenant', async () => {
  const carol = await createPerson(server.url, 'carol');
  const session = await signIn(server.url, carol);
  const dave = await signIn(server.url, await createPerson(server.url, 'dave'));
  for (const { token } of [session, dave]) {
    expect((await ask(token, path)).status).toBe(403);
    expect((await ask(token, `${path}/${session.sessionId}`, 'DELETE')).status).toBe(403);
  }
  const token = await root();
  const move = (tenant: string) => {
    const database = openEmbedded(server.directory);
    database.prepare('update sessions set tenant = ? where session_id = ?').run(tenant, session.sessionId);
    database.close();
  };
  move('elsewhere');
  expect(idsIn((await ask(token, `${path}?limit=1000`)).body)).not.toContain(session.sessionId);
  expect((await ask(token, `${path}/${session.sessionId}`, 'DELETE')).status).toBe(404);
  move('default');
  expect(await statusOf(server.url, session.token)).toBe(200);
  expect((await ask(token, `${path}/${session.sessionId}`, 'DELETE')).status).toBe(200);
  expect(await statusOf(server.url, session.token)).toBe(401);
});

test('a key with fewer scopes does neither', async () => {
  const token = await root();
  const make = async (scopes: readonly string[]) =>
    (await send(`${server.url}/v1/api-keys`, { token, body: { name: 'k', scopes } })).body.key as string;
  const by = async (scopes: readonly string[]) =>
    (await send(`${server.url}${path}`, { headers: { 'X-API-Key': await make(scopes) } })).status;
  expect([await by(['session:*']), await by(['user:read'])]).toEqual([403, 200]);
});

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  administratorEnvironment,
  asAdministrator,
  createPassword,
  createPerson,
  freshAddress,
  type Person,
  readSignedIn,
  type SignedIn,
  signIn,
  statusOf,
  tryRefresh,
  trySignIn,
} from '../harness/people.js';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { openStream } from '../harness/streams.js';

/* Security bar 43, 44 and 62: how a session is seen, and everything that ends it, with whatever goes on under it. */

const agent = `${join(root, 'test/graphs/long-runs.ts')}:app`;
const configuration = {
  agent,
  auth: 'login',
  authorization: { method: 'roles', roles: { admin: ['*:*'], user: ['graph:*', 'threads:*'], guest: ['threads:*'] } },
  trusted_proxies: ['127.0.0.1'],
};
const server = serve(configuration, { env: administratorEnvironment });

const ask = (path: string, { token }: Pick<SignedIn, 'token'>, method = 'GET', body?: object) =>
  send(`${server.url}${path}`, { token, method, ...(body && { body }) });

/** Whether a session is over: both of its tokens. Its refresh token is used for that. */
async function isOver({ token, refreshToken }: SignedIn): Promise<boolean> {
  const statuses = [await statusOf(server.url, token), (await tryRefresh(server.url, refreshToken)).status];
  if (statuses.every((status) => status === 401)) return true;
  expect(statuses).toEqual([200, 200]);
  return false;
}

describe('sessions', () => {
  test('are listed for their owner, and ended one by one', async () => {
    const [alice, bob] = [await createPerson(server.url, 'alice'), await createPerson(server.url, 'bob')];
    const laptop = await signIn(server.url, alice, { userAgent: 'laptop', address: '192.0.2.7' });
    const phone = await signIn(server.url, alice, { userAgent: 'phone' });
    const ofBob = await signIn(server.url, bob);
    const { sessions } = (await ask('/v1/auth/sessions', laptop)).body;
    expect(sessions).toHaveLength(2);
    expect(sessions.find(({ current }: { current: boolean }) => current)).toEqual({
      ...{ id: laptop.sessionId, via: 'password', current: true, userAgent: 'laptop', address: '192.0.2.7' },
      createdAt: expect.stringMatching(/Z$/),
      lastUsedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
    });
    // Another's is not there, and stays.
    expect((await ask(`/v1/auth/sessions/${ofBob.sessionId}`, laptop, 'DELETE')).status).toBe(404);
    expect((await ask('/v1/auth/sessions/ses_unknown', laptop, 'DELETE')).status).toBe(404);
    expect((await ask(`/v1/auth/sessions/${phone.sessionId}`, laptop, 'DELETE')).body).toEqual({ ended: 1 });
    expect(await Promise.all([isOver(phone), isOver(laptop), isOver(ofBob)])).toEqual([true, false, false]);
  });

  test('are new with each sign-in, whatever the client brings', async () => {
    const carol = await createPerson(server.url, 'carol');
    const one = await signIn(server.url, carol);
    const headers = {
      Cookie: '__Host-agentflow=an-id-that-the-client-has-chosen',
      'X-Forwarded-For': freshAddress(),
      'Sec-Fetch-Site': 'cross-site',
    };
    const { username, password } = carol;
    const attempt = (body: object) => send(`${server.url}/v1/auth/login`, { headers, token: one.token, body });
    expect((await attempt({ username, password, sid: one.sessionId })).status).toBe(422);
    const answer = await attempt({ username, password });
    expect(answer.headers.get('set-cookie')).toBeNull();
    const two = readSignedIn(answer);
    expect(two.sessionId).not.toBe(one.sessionId);
    expect(two.refreshToken.split('_')[2]).not.toBe(one.refreshToken.split('_')[2]);
  });

  test('all others end, or all', async () => {
    const dora = await createPerson(server.url, 'dora');
    const three = [
      await signIn(server.url, dora),
      await signIn(server.url, dora),
      await signIn(server.url, dora),
    ] as const;
    expect((await ask('/v1/auth/sessions', three[0], 'DELETE')).body).toEqual({ ended: 2 });
    expect(await Promise.all([isOver(three[1]), isOver(three[2])])).toEqual([true, true]);
    const fourth = await signIn(server.url, dora);
    expect((await ask('/v1/auth/logout-all', three[0], 'POST')).body).toEqual({ ended: 2 });
    expect(await Promise.all([isOver(three[0]), isOver(fourth)])).toEqual([true, true]);
    expect(await isOver(await signIn(server.url, dora))).toBe(false);
  });

  test('are known by no cookie, and no route takes one', async () => {
    const { token } = await signIn(server.url, await createPerson(server.url, 'erin'));
    const headers = { Cookie: `token=${token}; __Host-agentflow=${token}` };
    expect((await send(`${server.url}/v1/auth/me`, { headers })).status).toBe(401);
    expect(await statusOf(server.url, token)).toBe(200);
  });
});

describe('one changes the own password', () => {
  test('by saying the current one; all other sessions end', async () => {
    const frank = await createPerson(server.url, 'frank');
    const [here, elsewhere] = [await signIn(server.url, frank), await signIn(server.url, frank)];
    const newPassword = createPassword();
    const change = (body: object) => ask('/v1/auth/password', here, 'POST', body);
    const wrong = await change({ currentPassword: createPassword(), newPassword });
    expect([wrong.status, wrong.body.error.details[0].loc]).toEqual([422, ['body', 'currentPassword']]);
    const weak = await change({ currentPassword: frank.password, newPassword: 'password1' });
    expect([weak.status, weak.body.error.details[0].loc]).toEqual([422, ['body', 'newPassword']]);
    const same = await change({ currentPassword: frank.password, newPassword: frank.password });
    expect([same.status, same.body.message]).toEqual([
      422,
      expect.stringContaining('body.newPassword: must be another than the current one'),
    ]);
    const misspelt = await change({ currentPassword: frank.password, newPassword, new_password: newPassword });
    expect([misspelt.status, misspelt.body.message]).toEqual([
      422,
      'body.new_password: is not known here. Did you mean "newPassword"?',
    ]);
    expect(await isOver(elsewhere)).toBe(false);
    const third = await signIn(server.url, frank);
    const changed = await change({ currentPassword: frank.password, newPassword });
    expect([changed.status, changed.body]).toEqual([200, { changed: true }]);
    expect(await isOver(third)).toBe(true);
    expect(await isOver(here)).toBe(false);
    expect((await trySignIn(server.url, frank)).status).toBe(401);
    expect((await trySignIn(server.url, { ...frank, password: newPassword })).status).toBe(200);
  });

  test('no oftener than one could guess it', async () => {
    const session = await signIn(server.url, await createPerson(server.url, 'grace'), { address: '198.51.100.1' });
    const body = { currentPassword: 'not this one', newPassword: createPassword() };
    const headers = { 'X-Forwarded-For': '198.51.100.1' };
    const statuses: number[] = [];
    for (let index = 0; index < 12; index += 1) {
      statuses.push((await send(`${server.url}/v1/auth/password`, { token: session.token, headers, body })).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(422), 429, 429]);
  });
});

describe('what goes on ends with', () => {
  const change = (person: Person, body: object) =>
    asAdministrator(server.url, `/v1/users/${person.id}`, { method: 'PUT', body });

  const causes: readonly (readonly [string, (person: Person, session: SignedIn) => Promise<unknown>])[] = [
    ['a logout', (_person, session) => ask('/v1/auth/logout', session, 'POST')],
    ['a logout everywhere', (_person, session) => ask('/v1/auth/logout-all', session, 'POST')],
    [
      'the refresh token, revoked',
      (_person, { refreshToken }) => send(`${server.url}/v1/auth/revoke`, { body: { token: refreshToken } }),
    ],
    [
      'the refresh token, used again',
      async (_person, session) => {
        const next = readSignedIn(await tryRefresh(server.url, session.refreshToken));
        await tryRefresh(server.url, next.refreshToken);
        await tryRefresh(server.url, session.refreshToken);
      },
    ],
    ['the user, disabled', (person) => change(person, { disabled: true })],
    ['a role, taken away', (person) => change(person, { roles: ['guest'] })],
    [
      'another password by an administrator',
      (person) =>
        asAdministrator(server.url, `/v1/users/${person.id}/password`, { body: { newPassword: createPassword() } }),
    ],
    [
      'the sessions, ended by an administrator',
      (person) => asAdministrator(server.url, `/v1/users/${person.id}/sessions`, { method: 'DELETE' }),
    ],
    ['the user, deleted', (person) => asAdministrator(server.url, `/v1/users/${person.id}`, { method: 'DELETE' })],
  ];

  let streams = 0;
  const open = (session: SignedIn) => {
    streams += 1;
    const body = say(`run-${streams}: step 95 times every 100 ms`, `run-${streams}`, { recursion_limit: 100 });
    return openStream(server.url, { headers: { Authorization: `Bearer ${session.token}` }, body });
  };

  test.each(causes)('%s', async (what, cause) => {
    const name = what.replace(/\W+/g, '-');
    const [person, innocent] = [await createPerson(server.url, name), await createPerson(server.url, `${name}-twin`)];
    const session = await signIn(server.url, person);
    const [stream, twin] = [await open(session), await open(await signIn(server.url, innocent))];
    await Promise.all([stream.has(3), twin.has(3)]);
    await cause(person, session);
    const told = stream.chunks.length;
    expect(await stream.ended).toBe('complete');
    expect(stream.chunks.at(-1)).toMatchObject({ event: 'error', data: { code: 'AUTH_REQUIRED', status: 401 } });
    expect(stream.chunks.length - told).toBeLessThanOrEqual(14);
    expect(await statusOf(server.url, session.token)).toBe(401);
    const before = twin.chunks.length;
    await twin.has(before + 2);
    twin.leave();
  });

  test('a role that was taken away comes back with nothing but the next sign-in or refresh', async () => {
    const henry = await createPerson(server.url, 'henry');
    const session = await signIn(server.url, henry);
    await change(henry, { roles: ['guest'] });
    const next = readSignedIn(await tryRefresh(server.url, session.refreshToken));
    expect((await ask('/v1/auth/me', next)).body.roles).toEqual(['guest']);
    expect((await ask('/v1/graph/invoke', next, 'POST', say('henry: step 1 times'))).status).toBe(403);
    await change(henry, { roles: ['user'] });
    expect(await statusOf(server.url, next.token)).toBe(401);
    const last = readSignedIn(await tryRefresh(server.url, next.refreshToken));
    expect((await ask('/v1/graph/invoke', last, 'POST', say('henry: step 1 times'))).status).toBe(200);
  });
});

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import {
  administrator,
  administratorEnvironment,
  asAdministrator,
  createPerson,
  signIn,
  statusOf,
} from '../harness/people.js';
import { createSecret, echoGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { inSeconds } from '../harness/tokens.js';

/* What a credential that is narrower than a session may do with what is its user's own, and what ends which credential. */

describeOnDatabases((database) => {
  const shared = createSecret();
  const server = serve(
    {
      agent: echoGraph,
      trusted_proxies: ['127.0.0.1'],
      auth: [
        'login',
        'jwt',
        {
          ...{ method: 'api_key', bearer: true, issued: {} },
          keys: [
            { id: 'ci', key: { env: 'CI_KEY' }, subject: 'ci', acts_for: 'any', expires_at: '2999-01-01T00:00:00Z' },
          ],
        },
      ],
      authorization: { method: 'ownership', administrator_role: 'admin' },
    },
    { env: { ...administratorEnvironment, AGENTFLOW_PEPPER: createSecret(), CI_KEY: shared }, database },
  );
  const ask = (token: string, path: string, method = 'GET', body?: object) =>
    send(`${server.url}${path}`, { token, method, ...(body && { body }) });

  test('nobody exports more than their scopes let them read', async () => {
    const dan = await createPerson(server.url, 'dan', []);
    const { token } = await signIn(server.url, dan);
    await ask(token, '/v1/graph/invoke', 'POST', say('my diary', 'diary'));
    const path = `/v1/users/${dan.id}/export`;
    const withScopes = async (scopes: readonly string[]) => {
      const made = await ask(token, '/v1/api-keys', 'POST', { name: scopes.join(), scopes });
      const { status, text } = await ask(made.body.key, path);
      return [scopes.join(' '), status, text.includes('my diary')];
    };
    const all = ['session:read', 'threads:read', 'memories:read', 'files:read', 'api-key:read'];
    const cases = [
      [['session:read'], false],
      [all, true],
      ...all.map((one) => [all.filter((scope) => scope !== one), false] as const),
      [['session:read', 'user:read'], true],
      [['*:read'], true],
    ] as const;
    for (const [scopes, may] of cases) {
      expect(await withScopes(scopes)).toEqual([scopes.join(' '), may ? 200 : 403, may]);
    }
    expect((await ask(token, path)).status).toBe(200);
  });

  test('everybody is told what they may do with what is theirs, which no policy gives', async () => {
    const lea = await createPerson(server.url, 'lea', []);
    const { token } = await signIn(server.url, lea);
    const told = async (credential: string) => {
      const { body } = await ask(credential, '/v1/auth/me');
      return [body.own_permissions, body.permissions.filter((one: string) => one.startsWith('api-key:'))];
    };
    const ofSessions = ['session:read', 'session:write', 'session:delete'];
    expect(await told(token)).toEqual([
      [...ofSessions, 'api-key:read', 'api-key:write', 'api-key:delete', 'config:read'],
      [],
    ]);
    const make = (scopes?: readonly string[]) => ask(token, '/v1/api-keys', 'POST', { name: 'k', scopes });
    const [whole, narrow] = [await make(), await make(['session:read', 'api-key:*'])];
    expect([whole.status, narrow.status]).toEqual([200, 200]);
    // A key makes no keys.
    expect(await told(whole.body.key)).toEqual([[...ofSessions, 'api-key:read', 'api-key:delete', 'config:read'], []]);
    expect(await told(narrow.body.key)).toEqual([['session:read', 'api-key:read', 'api-key:delete'], []]);
    const acting = server.tokenFor(lea.id, { realm: 'local', act: { sub: 'bot' } });
    expect(await told(acting)).toEqual([[...ofSessions, 'config:read'], []]);
    expect((await ask(acting, '/v1/api-keys')).status).toBe(403);
    const root = await signIn(server.url, administrator);
    expect(await told(root.token)).toEqual([
      [...ofSessions, 'api-key:read', 'api-key:write', 'api-key:delete', 'config:read'],
      ['api-key:read', 'api-key:write', 'api-key:delete'],
    ]);
  });

  test('who acts for somebody neither sees nor ends their sessions', async () => {
    const ann = await createPerson(server.url, 'ann');
    const session = await signIn(server.url, ann);
    const more = { realm: 'local', jti: 'acts', roles: ['admin'] };
    const acting = server.tokenFor(ann.id, { ...more, act: { sub: 'bot' } });
    const calls = [
      ['/v1/auth/sessions', 'GET'],
      ['/v1/auth/sessions', 'DELETE'],
      [`/v1/auth/sessions/${session.sessionId}`, 'DELETE'],
      ['/v1/auth/logout-all', 'POST'],
    ] as const;
    for (const [path, method] of calls) {
      expect([path, method, (await ask(acting, path, method)).status]).toEqual([path, method, 403]);
    }
    expect(await statusOf(server.url, session.token)).toBe(200);
    expect((await ask(session.token, '/v1/auth/sessions')).body.sessions).toHaveLength(1);
    expect((await ask(session.token, '/v1/auth/logout-all', 'POST')).body).toEqual({ ended: 1 });
  });

  test('a token whose end is a fraction of a second can be taken back', async () => {
    const token = server.tokenFor('carl', { jti: 'fraction', exp: inSeconds(3600) + 0.1234567 });
    expect((await ask(token, '/v1/auth/logout', 'POST')).body).toEqual({ ended: 1 });
    expect(await statusOf(server.url, token)).toBe(401);
  });

  test('to sign out ends no key, also one that ends some day: its owner revokes it, or the file does', async () => {
    const { token } = await signIn(server.url, await createPerson(server.url, 'kim'));
    const make = async (wish: object) => (await ask(token, '/v1/api-keys', 'POST', { name: 'k', ...wish })).body;
    const ending = await make({ expiresAt: '2999-01-01T00:00:00Z' });
    const lasting = await make({});
    for (const key of [ending.key, lasting.key, shared]) {
      expect((await ask(key, '/v1/auth/logout', 'POST')).body).toEqual({ ended: 0 });
      expect(await statusOf(server.url, key)).toBe(200);
    }
    const acting = { Authorization: `Bearer ${shared}`, 'X-Act-For': 'kim' };
    expect((await send(`${server.url}/v1/auth/logout`, { method: 'POST', headers: acting })).body).toEqual({
      ended: 0,
    });
    expect(await statusOf(server.url, shared)).toBe(200);

    expect((await ask(token, `/v1/api-keys/${ending.id}`, 'DELETE')).status).toBe(200);
    expect(await statusOf(server.url, ending.key)).toBe(401);
    expect((await ask(token, '/v1/auth/logout', 'POST')).body).toEqual({ ended: 1 });
    expect(await statusOf(server.url, token)).toBe(401);
  });

  test('a change that changes nothing takes nothing back', async () => {
    const fay = await createPerson(server.url, 'fay', ['user']);
    const { token } = await signIn(server.url, fay);
    // A token says only in which second it was issued: what is taken back must come in a later one.
    await wait(1100);
    const change = (body: object) => asAdministrator(server.url, `/v1/users/${fay.id}`, { method: 'PUT', body });
    for (const body of [{}, { roles: ['user'] }, { disabled: false }, { username: 'fay' }]) {
      expect([body, (await change(body)).status, await statusOf(server.url, token)]).toEqual([body, 200, 200]);
    }
    await change({ roles: ['user', 'writer'] });
    expect(await statusOf(server.url, token)).toBe(401);
  });
});

import { join } from 'node:path';
import { lastTime, type Stores, type TenantId } from '@agentflow/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { keyCalls, openKept } from '../harness/issued-keys.js';
import { createSecret, root } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Security bar 32: a key gives nobody more than they have: of two credentials of one subject, of who is gone, and for how long. */

describeOnDatabases((createDatabase) => {
  const [strong, weak] = [createSecret(), createSecret()];
  let database: TestDatabase;
  let stores: Stores;
  const server = serve(
    {
      agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
      auth: [
        'jwt',
        {
          method: 'api_key',
          issued: { max_keys: 6 },
          keys: [
            { id: 'ci-admin', key: { env: 'CI_ADMIN_KEY' }, subject: 'ci', roles: ['chief', 'reader'] },
            { id: 'ci-read', key: { env: 'CI_READ_KEY' }, subject: 'ci', roles: ['reader'] },
          ],
        },
      ],
      authorization: { method: 'ownership', administrator_role: 'chief' },
    },
    {
      env: { AGENTFLOW_PEPPER: createSecret(), CI_ADMIN_KEY: strong, CI_READ_KEY: weak },
      async database() {
        database = await createDatabase();
        return database;
      },
    },
  );
  const { ask, make } = keyCalls(() => server.url);
  beforeAll(async () => {
    stores = await openKept(server.directory, database);
  });
  afterAll(() => stores.close());

  const rolesOf = async (key: string) => (await ask({ key }, '/v1/auth/me')).body.roles;
  const rotate = (key: string, id: string, body: object = {}) => ask({ key }, `/v1/api-keys/${id}/rotate`, { body });

  test('who rotates a key has all that it gives', async () => {
    const body = { name: 'deploy' };
    const whole = (await ask({ key: strong }, '/v1/api-keys', { body })).body;
    const narrow = (await ask({ key: strong }, '/v1/api-keys', { body: { ...body, roles: ['reader'] } })).body;
    const own = (await ask({ key: weak }, '/v1/api-keys', { body })).body;
    expect([await rolesOf(whole.key), await rolesOf(narrow.key)]).toEqual([['chief', 'reader'], ['reader']]);

    expect((await rotate(weak, whole.id)).status).toBe(403);
    expect(await rolesOf(whole.key), 'a refusal ends nothing').toEqual(['chief', 'reader']);
    const taken: unknown[] = [];
    for (const [key, id] of [
      [weak, narrow.id],
      [weak, own.id],
      [strong, whole.id],
    ]) {
      const { status, body: next } = await rotate(key, id);
      taken.push([status, await rolesOf(next.key)]);
    }
    expect(taken).toEqual([
      [200, ['reader']],
      [200, ['reader']],
      [200, ['chief', 'reader']],
    ]);
  });

  test('an overlap is at most 90 days, and every list goes on', async () => {
    const answers: unknown[] = [];
    for (const overlap of ['100000000d', '91d', '-1d', 'long', '90d']) {
      const { id } = (await ask({ key: strong }, '/v1/api-keys', { body: { name: 'rotated' } })).body;
      const { status, body: next } = await rotate(strong, id, { overlap });
      answers.push([overlap, status]);
      for (const one of [id, next.id]) await ask({ key: strong }, `/v1/api-keys/${one}`, { method: 'DELETE' });
    }
    expect(answers).toEqual([...['100000000d', '91d', '-1d', 'long'].map((overlap) => [overlap, 422]), ['90d', 200]]);

    // As if one had been kept before there was a bound.
    const { id } = (await ask({ key: strong }, '/v1/api-keys', { body: { name: 'kept' } })).body;
    const old = await stores.apiKeys.find(id);
    if (old === undefined) throw new Error('it was made');
    const endsAt = lastTime + 86_400_000;
    await stores.apiKeys.replace(id, old.owner, endsAt, { ...old, id: 'key_next', family: 'key_next' });
    for (const path of ['/v1/api-keys', '/v1/tenant/api-keys']) {
      expect((await ask({ key: strong }, path)).body.apiKeys).toContainEqual(expect.objectContaining({ id }));
    }
  });

  test('a token of a user who is gone makes no key', async () => {
    const user = { id: 'usr_leaver', username: 'leaver', tenant: 'default' as TenantId, roles: ['baker'] };
    await stores.users.add({ ...user, passwordHash: undefined });
    const token = server.tokenFor(user.id, { roles: ['baker'] });
    const made = await make(token);
    expect(await rolesOf(made.key)).toEqual(['baker']);
    await stores.users.delete(user.id);
    expect((await ask({ token }, '/v1/api-keys', { body: { name: 'stays' } })).status).toBe(403);
    const owner = { tenant: user.tenant, realm: 'local', subject: user.id } as never;
    expect((await stores.apiKeys.listOf(owner)).map(({ id }) => id)).toEqual([made.id]);
  });

  test('who acts for somebody neither makes, sees nor revokes their keys', async () => {
    const token = server.tokenFor('ida');
    const acting = { token: server.tokenFor('ida', { act: { sub: 'bot' } }) };
    const { id } = await make(token, { name: 'mine' });
    const asked = [
      await ask(acting, '/v1/api-keys', { body: { name: 'theirs' } }),
      await ask(acting, '/v1/api-keys'),
      await ask(acting, `/v1/api-keys/${id}`, { method: 'DELETE' }),
      await ask(acting, `/v1/api-keys/${id}/rotate`, { body: {} }),
    ];
    expect(asked.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await ask({ token }, '/v1/api-keys')).body.apiKeys).toMatchObject([{ id }]);
    expect((await ask({ token }, `/v1/api-keys/${id}`, { method: 'DELETE' })).status).toBe(200);
  });
});

import { join } from 'node:path';
import type { Stores, TenantId } from '@agentflow/core';
import { apiKeyPattern } from '@agentflow/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crc32Oracle } from '../harness/crc32-oracle.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { keyCalls, openKept } from '../harness/issued-keys.js';
import { createSecret, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { type Frame, isError, openSocket, sayFrame } from '../harness/sockets.js';
import { openStream } from '../harness/streams.js';

/* Security bar 27 and 29 to 33: keys that callers make, by whom, how much they give, and when they end. */

describeOnDatabases((createDatabase) => {
  let database: TestDatabase;
  let stores: Stores;
  const server = serve(
    {
      agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
      auth: ['jwt', { method: 'api_key', bearer: true, issued: { max_keys: 6 } }],
      authorization: { method: 'ownership', administrator_role: 'chief' },
      trusted_proxies: ['127.0.0.1', '::1'],
    },
    {
      env: { AGENTFLOW_PEPPER: createSecret() },
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

  let people = 0;
  /** A user of ours, and a token of theirs. */
  async function addUser(roles: readonly string[] = []) {
    people += 1;
    const user = { id: `usr_${people}`, username: `user ${people}`, tenant: 'default' as TenantId, roles };
    await stores.users.add({ ...user, passwordHash: undefined });
    return { ...user, token: server.tokenFor(user.id, { roles }) };
  }
  const stranger = (claims?: object) => {
    people += 1;
    return server.tokenFor(`stranger-${people}`, claims);
  };
  const me = (key: string) => ask({ key }, '/v1/auth/me');

  test('make, use, list, revoke, refused', async () => {
    const user = await addUser(['baker']);
    const body = { name: 'oven', expiresAt: '2099-01-01T00:00:00Z' };
    const made = await ask({ token: user.token }, '/v1/api-keys', { body });
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { key, id } = made.body;
    expect(made.body).toMatchObject({ name: 'oven', expiresAt: '2099-01-01T00:00:00.000Z', scopes: null, roles: null });
    expect(key).toMatch(apiKeyPattern);
    expect(key).toMatch(/^af_sk_live_/);
    expect(key.slice(-6)).toBe(crc32Oracle(key.slice(0, -6)));

    expect((await me(key)).body).toMatchObject({
      user_id: user.id,
      roles: ['baker'],
      claims: { username: user.username },
    });
    expect((await ask({ token: key }, '/v1/auth/me')).body).toMatchObject({ user_id: user.id, method: 'api_key' });
    expect((await ask({ key }, '/v1/graph/invoke', { body: say('oven: step 1 times', 'mine') })).status).toBe(200);

    const listed = await ask({ token: user.token }, '/v1/api-keys');
    expect(listed.body.apiKeys).toMatchObject([{ id, name: 'oven', prefix: key.slice(0, -39), dueForRotation: false }]);
    expect(listed.text).not.toContain(key.slice(-38));
    expect(listed.body.apiKeys[0].last4).toBe(key.slice(-10, -6));

    const revoked = await ask({ token: user.token }, `/v1/api-keys/${id}`, { method: 'DELETE' });
    expect([revoked.status, revoked.body]).toEqual([200, { revoked: true }]);
    expect((await me(key)).status).toBe(401);
    expect((await ask({ token: user.token }, `/v1/api-keys/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await ask({ token: user.token }, '/v1/api-keys')).body).toEqual({ apiKeys: [] });
  });

  test('unknown, wrong, revoked, ended: one answer, to the byte', async () => {
    const { token } = await addUser();
    const [good, revoked, ended] = [await make(token), await make(token), await make(token)];
    await ask({ token }, `/v1/api-keys/${revoked.id}`, { method: 'DELETE' });
    expect((await me(ended.key)).status).toBe(200);
    await ask({ token }, `/v1/api-keys/${ended.id}/rotate`, { body: { overlap: '0s' } });
    await expect.poll(async () => (await me(ended.key)).status).toBe(401);
    const elsewhere = await make((await addUser()).token);
    // The id of one with the secret of another, and the checksum made anew.
    const mixed = `${good.key.slice(0, -38)}${elsewhere.key.slice(-38, -6)}`;
    const wrong = `${mixed}${crc32Oracle(mixed)}`;
    const never = `af_sk_live_${'a'.repeat(16)}_${'0'.repeat(32)}`;
    const answers = await Promise.all(
      [revoked.key, ended.key, wrong, `${never}${crc32Oracle(never)}`, `${good.key.slice(0, -1)}!`, 'af_sk_'].map(me),
    );
    const told = answers.map(({ status, headers, body }) => {
      const { instance: _1, metadata: _2, ...same } = body;
      return JSON.stringify([status, headers.get('www-authenticate'), same]);
    });
    expect(new Set(told).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect((await me(good.key)).status).toBe(200);
    expect(server.output()).not.toContain(good.key.slice(-38, -6));
  });

  test('what is kept is of no use without the pepper', async () => {
    const { token } = await addUser();
    const { key, id } = await make(token);
    const stored = await stores.apiKeys.find(id);
    const text = JSON.stringify(stored);
    for (const part of [key, key.slice(-38), key.slice(-38, -6)]) expect(text).not.toContain(part);
    expect(stored?.mac).toMatch(/^[\w-]{43}$/);
    expect(stored?.last4).toBe(key.slice(-10, -6));
  });

  test('it gives what its owner has now, and no more', async () => {
    const user = await addUser(['baker', 'chief']);
    const whole = await make(user.token);
    const narrow = await make(user.token, { roles: ['baker'], scopes: ['graph:invoke', 'session:read', 'api-key:*'] });
    expect((await me(whole.key)).body.roles).toEqual(['baker', 'chief']);
    expect((await me(narrow.key)).body).toMatchObject({
      roles: ['baker'],
      scopes: ['graph:invoke', 'session:read', 'api-key:*'],
    });
    expect((await ask({ key: narrow.key }, '/v1/threads')).status).toBe(403);
    expect((await ask({ key: whole.key }, '/v1/threads')).status).toBe(200);

    await stores.users.update(user.id, { roles: ['chief'] });
    const owner = { tenant: user.tenant, realm: 'local', subject: user.id } as never;
    const tell = () =>
      stores.revocations.add([{ kind: 'principal', owner, issuedBefore: Date.now(), expiresAt: undefined }]);
    await tell();
    await expect.poll(async () => (await me(whole.key)).body.roles).toEqual(['chief']);
    // The first may have been read anew before the word was heard.
    await expect.poll(async () => (await me(narrow.key)).body.roles).toEqual([]);

    await stores.users.update(user.id, { isDisabled: true });
    await tell();
    await expect.poll(async () => (await me(whole.key)).status).toBe(401);
    await stores.users.update(user.id, { isDisabled: false });
    await expect.poll(async () => (await me(whole.key)).status).toBe(200);
    await stores.users.delete(user.id);
    await expect.poll(async () => (await me(whole.key)).status).toBe(401);
  });

  test('a key makes no key, and nobody makes one that may more', async () => {
    const user = await addUser(['baker']);
    const { key, id } = await make(user.token);
    expect((await ask({ key }, '/v1/api-keys', { body: { name: 'another' } })).status).toBe(403);
    expect((await ask({ key }, `/v1/api-keys/${id}/rotate`, { body: {} })).status).toBe(403);
    expect((await ask({ key }, '/v1/api-keys')).status).toBe(200);

    const wishes: [object, number][] = [
      [{ roles: ['chief'] }, 403],
      [{ roles: ['baker'] }, 200],
      [{ userId: 'usr_1' }, 422],
      [{ permissions: ['graph:invoke'] }, 422],
      [{ scopes: ['everything'] }, 422],
      [{ quota: 0 }, 422],
      [{ name: 'ci\u202e reven' }, 422],
      [{ name: 'ci\u2066' }, 422],
      [{ name: 'c\u200bi' }, 422],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, 422],
      [{ expiresAt: new Date(Date.now() + 30_000).toISOString() }, 422],
    ];
    for (const [wish, status] of wishes) {
      const answer = await ask({ token: user.token }, '/v1/api-keys', { body: { name: 'n', ...wish } });
      expect([wish, answer.status]).toEqual([wish, status]);
    }
    expect((await ask({ token: 'none' }, '/v1/api-keys', { body: { name: 'n', userId: 'usr_1' } })).status).toBe(401);

    // A token that is narrowed makes keys that are.
    const scoped = server.tokenFor(user.id, { roles: ['baker'], scope: 'api-key:* graph:invoke session:read' });
    const narrow = await make(scoped);
    expect((await me(narrow.key)).body.scopes).toEqual(['api-key:*', 'graph:invoke', 'session:read']);
    const wider = { name: 'n', scopes: ['graph:*'] };
    expect((await ask({ token: scoped }, '/v1/api-keys', { body: wider })).status).toBe(403);
    expect((await ask({ token: scoped }, `/v1/api-keys/${id}/rotate`, { body: {} })).status).toBe(403);
    const without = server.tokenFor(user.id, { scope: 'graph:invoke' });
    expect((await ask({ token: without }, '/v1/api-keys', { body: { name: 'n' } })).status).toBe(403);
    // A session with fewer roles than the user has.
    const rolesNow = (await me((await make(server.tokenFor(user.id))).key)).body.roles;
    expect(rolesNow).toEqual([]);
  });

  test("another's key is none, but for the administrators of the tenant", async () => {
    const [owner, other, chief] = [await addUser(), await addUser(), await addUser(['chief'])];
    const { key, id } = await make(owner.token);
    expect((await ask({ token: other.token }, `/v1/api-keys/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await ask({ token: other.token }, `/v1/api-keys/${id}/rotate`, { body: {} })).status).toBe(404);
    expect((await ask({ token: other.token }, `/v1/tenant/api-keys/${id}`, { method: 'DELETE' })).status).toBe(403);
    expect((await ask({ token: other.token }, '/v1/tenant/api-keys')).status).toBe(403);
    expect((await me(key)).status).toBe(200);

    const listed = await ask({ token: chief.token }, '/v1/tenant/api-keys?limit=1000');
    expect(listed.body.apiKeys).toContainEqual(
      expect.objectContaining({ id, owner: { realm: 'local', subject: owner.id } }),
    );
    expect((await ask({ token: chief.token }, `/v1/tenant/api-keys/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await me(key)).status).toBe(401);
  });

  test('of who is known elsewhere, a key ends, and with them', async () => {
    const token = stranger({ roles: ['guest'] });
    const tomorrow = Date.now() + 86_400_000;
    const made = await make(token);
    expect(Date.parse(made.expiresAt ?? '')).toBeGreaterThan(tomorrow);
    const body = { name: 'n', expiresAt: '2099-01-01T00:00:00Z' };
    expect((await ask({ token }, '/v1/api-keys', { body })).status).toBe(422);
    const { body: who } = await me(made.key);
    expect(who.roles).toEqual(['guest']);
    const owner = { tenant: who.tenant, realm: who.realm, subject: who.user_id };
    await stores.revocations.add([
      { kind: 'principal', owner, issuedBefore: Date.now() + 1, expiresAt: Date.now() + 2_000 },
    ]);
    await expect.poll(async () => (await me(made.key)).status).toBe(401);
    // For good: not only for as long as the word is remembered.
    expect((await stores.apiKeys.find(made.id))?.revokedAt).toBeDefined();
  });

  test('so many keys, and one more for each that is revoked', async () => {
    const { token } = await addUser();
    const made = await Promise.all(
      Array.from({ length: 9 }, () => ask({ token }, '/v1/api-keys', { body: { name: 'n' } })),
    );
    expect(made.filter(({ status }) => status === 200)).toHaveLength(6);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(3);
    const id = made.find(({ status }) => status === 200)?.body.id;
    await ask({ token }, `/v1/api-keys/${id}`, { method: 'DELETE' });
    await make(token);
  });

  test('rotated: both for a while, then the new one alone, with all that the old one had', async () => {
    const { token } = await addUser(['baker', 'chief']);
    const wish = {
      scopes: ['graph:*', 'session:read'],
      roles: ['baker'],
      quota: 100,
      rateLimit: { requests: 50, window: 60 },
    };
    const old = await make(token, { ...wish, expiresAt: new Date(Date.now() + 7_200_000).toISOString() });
    const rotate = (id: string, overlap: string) => ask({ token }, `/v1/api-keys/${id}/rotate`, { body: { overlap } });
    const next = await rotate(old.id, '9d');
    expect(next.body).toMatchObject({ ...wish, name: 'a test' });
    expect([(await me(old.key)).status, (await me(next.body.key)).status]).toEqual([200, 200]);
    const { body } = await ask({ token }, '/v1/api-keys');
    const kept = body.apiKeys.find(({ id }: { id: string }) => id === old.id);
    expect(kept.expiresAt, 'the overlap is no longer life').toBe(old.expiresAt);
    const again = await rotate(old.id, '1h');
    expect([again.status, again.headers.get('retry-after')], 'a second time').toEqual([409, null]);

    const last = await rotate(next.body.id, '0s');
    expect([(await me(next.body.key)).status, (await me(last.body.key)).status]).toEqual([401, 200]);
    expect((await rotate(next.body.id, '1h')).status, 'what has ended').toBe(409);
    await ask({ token }, `/v1/api-keys/${last.body.id}`, { method: 'DELETE' });
    expect((await rotate(last.body.id, '1h')).status, 'what was revoked').toBe(404);
  });

  test('of fifty at once, ten pass where ten may; a rotated key has no more', async () => {
    const { token } = await addUser();
    const { key, id } = await make(token, { quota: 10 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => me(key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40);
    const next = await ask({ token }, `/v1/api-keys/${id}/rotate`, { body: {} });
    const usedUp = await me(next.body.key);
    expect([usedUp.status, usedUp.headers.get('retry-after')]).toEqual([429, null]);
    const rated = await make(token, { rateLimit: { requests: 3, window: 3600 } });
    const statuses = (await Promise.all(Array.from({ length: 9 }, () => me(rated.key)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
    const refused = await me(rated.key);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(600);
  });

  test('a stream is one use, however long it goes on; and it ends with its key', async () => {
    const { token } = await addUser();
    const { key, id } = await make(token, { quota: 1 });
    const innocent = await make(token);
    const begin = (headers: Record<string, string>, thread: string, steps: number) =>
      openStream(server.url, {
        headers,
        body: say(`${thread}: step ${steps} times every 100 ms`, thread, { recursion_limit: 100 }),
      });
    const [open, other] = [
      await begin({ 'X-API-Key': key }, 'a', 95),
      await begin({ 'X-API-Key': innocent.key }, 'b', 40),
    ];
    await open.has(14);
    await ask({ token }, `/v1/api-keys/${id}`, { method: 'DELETE' });
    expect(await open.ended).toBe('complete');
    expect(open.chunks.at(-1)).toMatchObject({ event: 'error', data: { code: 'AUTH_REQUIRED', status: 401 } });
    await other.ended;
    expect(other.chunks.at(-1)).toMatchObject({ data: { reason: 'completed' } });
  });

  test('on a socket each frame is a use, and the opening is one', async () => {
    const { token } = await addUser();
    const { key } = await make(token, { quota: 3 });
    const socket = await openSocket(server.url, { headers: { 'X-API-Key': key } });
    const errors = [];
    for (const thread of ['one', 'two', 'three']) {
      const frames = await socket.run(sayFrame(`${thread}: step 1 times`, thread));
      errors.push(frames.filter(isError).map(({ data }: Frame) => data.code));
    }
    expect(errors).toEqual([[], [], ['RATE_LIMIT_EXCEEDED']]);
    await socket.close();
  });

  test('from another network: an event, and no refusal', async () => {
    const { token } = await addUser();
    const { key, id } = await make(token);
    const from = (address: string) =>
      send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': key, 'X-Forwarded-For': address } });
    expect([(await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual([200, 200]);
    await expect.poll(() => server.output().includes('"address":"192.0.2.2"'), { timeout: 5_000 }).toBe(true);
    expect(server.output()).not.toMatch(new RegExp(`"api-key-used-elsewhere".*${id}`));
    expect((await from('198.51.100.1')).status).toBe(200);
    const told = new RegExp(`"api-key-used-elsewhere".*${id}`);
    await expect.poll(() => told.test(server.output()), { timeout: 5_000 }).toBe(true);
  });

  test('each of these is in the trail, without the key', async () => {
    const { token } = await addUser();
    const { key, id } = await make(token, { name: 'in the trail' });
    expect((await me(key)).status).toBe(200);
    await ask({ token }, `/v1/api-keys/${id}`, { method: 'DELETE' });
    const told = new RegExp(`"api-key-revoked".*${id}`);
    await expect.poll(() => told.test(server.output()), { timeout: 5_000 }).toBe(true);
    expect(server.output()).toMatch(new RegExp(`"api-key-created".*${id}`));
    expect(server.output()).toMatch(new RegExp(`"route":"readMe".*"detail":{"credential":"${id}"}`));
    expect(server.output()).not.toContain(key.slice(-38, -6));
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { createSecret, exampleGraph, root } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { tokenFor } from '../harness/tokens.js';

/* Whoever acts for another reaches what is shared with that one, as far as both may; what is shared with the actor is another matter. */

const callOf = (url: string, token: string) => (path: string, body?: object, method?: string) =>
  send(`${url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
const acting = (sub: string, ...roles: readonly string[]) => ({ act: { sub, roles } });

describeOnDatabases((createDatabase) => {
  const seed = `p, user, graph, *
p, user, threads, *
p, user, policy, *
p, reader, threads, read
p, reader, graph, invoke
g, user:bob, team
g, user:nightly, night
`;
  const server = serve(
    {
      agent: exampleGraph,
      auth: 'jwt',
      authorization: [
        { method: 'casbin', policy: 'database', seed: 'seed.csv' },
        { method: 'roles', roles: { user: ['*'], reader: ['*'], chief: ['*'] }, administrator_role: 'chief' },
      ],
    },
    { files: { 'seed.csv': seed }, database: createDatabase },
  );
  const call = (subject: string, claims: object = {}) =>
    callOf(server.url, server.tokenFor(subject, { roles: ['user'], ...claims }));
  const alice = () => call('alice');
  let made = 0;
  const start = async () => {
    made += 1;
    const id = `thread-${made}`;
    expect((await alice()('/v1/graph/invoke', say('Hello', id))).status).toBe(200);
    return id;
  };
  const share = async (id: string, to: object, by = alice()) => {
    const { status, body } = await by(`/v1/threads/${id}/grants`, { access: 'write', ...to });
    expect(status).toBe(200);
    return body as { uuid: string; grant_id: string };
  };
  const statusesOf = async (client: ReturnType<typeof call>, uuid: string) => {
    const listed = await client('/v1/threads?shared=true');
    const read = await client(`/v1/threads/${uuid}`);
    return [listed.text.includes(uuid), read.status];
  };

  test('the roles that count are those of the principal, whoever else has them', async () => {
    const { uuid } = await share(await start(), { role: 'team' });
    const night = await share(await start(), { role: 'night' });
    const bot = acting('bot', 'user');
    expect(await statusesOf(call('bob', bot), uuid)).toEqual([true, 200]);
    expect(await statusesOf(call('carol', { roles: ['user', 'team'], ...bot }), uuid)).toEqual([true, 200]);
    // Neither the actor's credential nor the policy's links about it open anything.
    expect(await statusesOf(call('carol', acting('bot', 'user', 'team')), uuid)).toEqual([false, 404]);
    expect(await statusesOf(call('carol', acting('nightly', 'user')), night.uuid)).toEqual([false, 404]);
    expect(await statusesOf(call('nightly'), night.uuid)).toEqual([true, 200]);
    // A role that the policy takes away from the principal is gone for the actor, with the next request.
    const link = [['g', 'user:bob', 'team']];
    expect((await alice()('/v1/policies', { remove: link })).status).toBe(200);
    expect(await statusesOf(call('bob', bot), uuid)).toEqual([false, 404]);
    expect((await alice()('/v1/policies', { add: link })).status).toBe(200);
    expect(await statusesOf(call('bob', bot), uuid)).toEqual([true, 200]);
  });

  test('what is shared with the actor is not the principal’s', async () => {
    const { uuid } = await share(await start(), { user: 'bot' });
    expect(await statusesOf(call('bot'), uuid)).toEqual([true, 200]);
    expect(await statusesOf(call('carol', acting('bot', 'user')), uuid)).toEqual([false, 404]);
  });

  test('a grant gives the actor no right that it lacks', async () => {
    const { uuid } = await share(await start(), { user: 'bob' });
    const reader = call('bob', acting('bot', 'reader'));
    expect(await statusesOf(reader, uuid)).toEqual([true, 200]);
    const messages = { messages: [{ role: 'user', content: 'Hello' }] };
    expect((await reader(`/v1/threads/${uuid}/messages`, messages)).status).toBe(403);
    expect((await call('bob', acting('bot', 'user'))(`/v1/threads/${uuid}/messages`, messages)).status).toBe(200);
  });

  test('an administrator through an actor that is none is one of those with whom it is shared', async () => {
    const { uuid } = await share(await start(), { user: 'root', access: 'read' });
    const unshared = (await share(await start(), { user: 'carol' })).uuid;
    const chief = { roles: ['user', 'chief'] };
    const remove = async (client: ReturnType<typeof call>) =>
      (await client(`/v1/threads/${uuid}`, undefined, 'DELETE')).status;
    const throughUser = call('root', { ...chief, ...acting('bot', 'user') });
    expect([await remove(throughUser), (await throughUser(`/v1/threads/${unshared}`)).status]).toEqual([403, 404]);
    expect((await throughUser('/v1/threads?all=true')).status).toBe(403);
    const throughChief = call('root', { ...chief, ...acting('bot', 'user', 'chief') });
    expect((await throughChief(`/v1/threads/${unshared}`)).status).toBe(200);
    expect(await remove(throughChief)).toBe(200);
  });

  test('the owner shares through an actor that may share, and the trail names both', async () => {
    const id = await start();
    const refused = await call('alice', acting('bot', 'reader'))(`/v1/threads/${id}/grants`, {
      user: 'bob',
      access: 'read',
    });
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('checkpointer:share')]);
    const { body, status } = await call('alice', acting('bot', 'user'))(`/v1/threads/${id}/grants`, {
      ...{ user: 'bob', access: 'read' },
    });
    expect(status).toBe(200);
    expect(await statusesOf(call('bob'), body.uuid)).toEqual([true, 200]);
    const told = () =>
      server
        .output()
        .split('\n')
        .filter((line) => line.includes('"thread-shared"') && line.includes(body.grant_id));
    await expect.poll(told).toHaveLength(1);
    expect(JSON.parse(told()[0] ?? '').audit).toMatchObject({
      principal: { subject: 'alice', roles: ['user'] },
      actors: [{ realm: 'local', subject: 'bot', roles: ['user'] }],
    });
  });
});

describe('while the configuration is read anew', () => {
  const secret = createSecret();
  const seed = 'p, *, *, *\ng, user:bob, team\n';
  const configuration = (cors?: string) => ({
    agent: `${join(root, 'test/graphs/who-runs.ts')}:app`,
    auth: 'jwt',
    authorization: { method: 'casbin', policy: 'database', seed: 'seed.csv' },
    ...(cors && { cors: { origins: [cors] } }),
  });

  test('a run that began before loses the thread when the policy takes the role away', {
    timeout: 60_000,
  }, async () => {
    const server = await startReloading(
      { 'agentflow.json': configuration(), 'seed.csv': seed },
      { env: { JWT_SECRET_KEY: secret } },
    );
    const alice = callOf(server.url, tokenFor('alice', secret));
    const bob = callOf(server.url, tokenFor('bob', secret, acting('bot')));
    await alice('/v1/graph/invoke', say('Hello', 'shared'));
    const { uuid } = (await alice('/v1/threads/shared/grants', { role: 'team', access: 'write' })).body;
    const file = join(server.project.directory, 'gate');
    const running = bob('/v1/graph/invoke', say(`wait for ${file}`, uuid));
    const runs = async () => (await bob(`/v1/runs?status=running&thread_id=${uuid}`)).body.runs.length;
    await expect.poll(runs, { timeout: 10_000 }).toBe(1);
    expect(await server.reload({ 'agentflow.json': configuration('https://page.test') })).toBe('in force');
    expect((await alice('/v1/policies', { remove: [['g', 'user:bob', 'team']] })).body.revision).toBe(2);
    expect((await bob(`/v1/threads/${uuid}`)).status).toBe(404);
    expect((await running).status).toBe(404);
    writeFileSync(file, '');
    expect((await alice('/v1/graph/invoke', say('after him', 'shared'))).status).toBe(200);
    const { text } = await alice('/v1/threads/shared/messages');
    expect([text.includes('after him'), text.includes(`\\"asked\\":\\"wait for`)]).toEqual([true, false]);
  });
});

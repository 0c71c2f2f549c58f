import { expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { administratorEnvironment, asAdministrator, createPerson } from '../harness/people.js';
import { createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* A key of the file acts for users of this server, or is one's: what becomes of it when they change. */

const [botKey, ownKey] = [createSecret(), createSecret()];
const ownId = 'usr_ofthefile';
const keys = [
  { id: 'bot', subject: 'bot', key: { env: 'BOT_KEY' }, acts_for: 'any' },
  { id: 'own', subject: ownId, key: { env: 'OWN_KEY' } },
];

describeOnDatabases((database) => {
  const server = serve(
    {
      ...{ agent: echoGraph, auth: ['login', { method: 'api_key', keys }], trusted_proxies: ['127.0.0.1'] },
      authorization: { method: 'ownership', administrator_role: 'admin' },
    },
    {
      env: { ...administratorEnvironment, AGENTFLOW_PEPPER: createSecret(), BOT_KEY: botKey, OWN_KEY: ownKey },
      database,
    },
  );
  const change = (id: string, body: object) => asAdministrator(server.url, `/v1/users/${id}`, { method: 'PUT', body });
  const actingFor = async (id: string) => {
    const headers = { 'X-API-Key': botKey, 'X-Act-For': id };
    return (await send(`${server.url}/v1/auth/me`, { headers })).status;
  };

  test('it goes on when they are called otherwise, or have other roles', async () => {
    const ann = await createPerson(server.url, 'ann');
    expect(await actingFor(ann.id)).toBe(200);
    await change(ann.id, { roles: ['user', 'editor'], username: 'anna' });
    expect(await actingFor(ann.id)).toBe(200);
  });

  test('it ends when they are disabled or deleted, and begins again when they are let in again', async () => {
    const bob = await createPerson(server.url, 'bob');
    await change(bob.id, { disabled: true });
    expect(await actingFor(bob.id)).toBe(401);
    await change(bob.id, { disabled: false });
    expect(await actingFor(bob.id)).toBe(200);
    await asAdministrator(server.url, `/v1/users/${bob.id}`, { method: 'DELETE' });
    expect(await actingFor(bob.id)).toBe(401);
  });

  test('who has no account here is acted for as ever', async () => {
    expect(await actingFor('somebody')).toBe(200);
    expect(await actingFor('usr_ofanotherserver')).toBe(200);
    expect((await send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': ownKey } })).status).toBe(200);
  });
});

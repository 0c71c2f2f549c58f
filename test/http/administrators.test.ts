import { describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';

/*
 * The floor under every policy, and who is let through it: only those whom the file names, only within their tenant, and only
 * by the uuid that a thread has inside. Nothing of it lets anybody speak in another's name.
 */

const auth = { method: 'jwt', claims: { tenant: 'org' } };

function clientsOf(server: Served) {
  const client = (subject: string, role: string, org = 'acme') => {
    const token = server.tokenFor(subject, { role, org });
    const call = (path: string, body?: object, method?: string) =>
      send(`${server.url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
    const listAll = async () => (await call('/v1/threads?all=true')).body.data.threads as Listed[];
    return { call, listAll };
  };
  return { client };
}

interface Listed {
  readonly thread_id: string;
  readonly user_id: string;
  readonly uuid: string;
}

describe.each([
  ['ownership', { method: 'ownership', administrator_role: 'chief' }],
  ['roles', { method: 'roles', roles: { user: ['graph:*', 'threads:*'] }, administrator_role: 'chief' }],
])('with an administrator_role, by %s', (_method, authorization) => {
  const server = serve({ agent: exampleGraph, auth, authorization });
  const { client } = clientsOf(server);
  const alice = client('alice', 'user');
  const chief = client('carol', 'chief');

  test('administrators see all threads of their tenant, and may repair, read and delete them', async () => {
    await alice.call('/v1/graph/invoke', say('Hello', 'hers'));
    await client('bob', 'user').call('/v1/graph/invoke', say('Hello', 'his'));
    await client('dave', 'user', 'other').call('/v1/graph/invoke', say('Hello', 'elsewhere'));
    const all = await chief.listAll();
    expect(all.map(({ thread_id: id, user_id: owner }) => `${id} of ${owner}`).toSorted()).toEqual([
      'hers of alice',
      'his of bob',
    ]);
    const { uuid } = all.find(({ thread_id }) => thread_id === 'hers') as Listed;
    expect((await chief.call(`/v1/threads/${uuid}/messages`)).body.data.messages.length).toBeGreaterThan(1);
    expect((await chief.call('/v1/graph/fix', { thread_id: uuid })).status).toBe(200);
    // Not by the id that its owner gave it: that one names the administrator's own.
    expect((await chief.call('/v1/threads/hers')).status).toBe(404);
    expect((await chief.call('/v1/threads')).body.data.threads).toEqual([]);
    // To run there, or to write, would be to speak in her name; a thread of one's own under that id would hide hers.
    const write = { messages: [{ role: 'user', content: 'I am not Alice' }] };
    expect((await chief.call('/v1/graph/invoke', say('I am not Alice', uuid))).status).toBe(409);
    expect((await chief.call(`/v1/threads/${uuid}/messages`, write)).status).toBe(409);
    expect((await chief.call('/v1/threads')).body.data.threads).toEqual([]);
    const heard = (await alice.call('/v1/threads/hers/messages')).text;
    expect(heard).not.toContain('I am not Alice');
    const [other] = (await chief.listAll()).filter(({ thread_id }) => thread_id === 'his');
    expect((await chief.call(`/v1/threads/${other?.uuid}`, undefined, 'DELETE')).status).toBe(200);
    expect((await client('bob', 'user').call('/v1/threads/his')).status).toBe(404);
  });

  test('nobody else does, whatever they know, and no administrator of another tenant', async () => {
    await alice.call('/v1/graph/invoke', say('Hello', 'hidden'));
    const { uuid } = (await chief.listAll()).find(({ thread_id }) => thread_id === 'hidden') as Listed;
    const strangers = [client('bob', 'user'), client('bob', 'Chief'), client('eve', 'chief', 'other')];
    for (const { call } of strangers) {
      expect((await call(`/v1/threads/${uuid}`)).status).not.toBe(200);
      expect((await call('/v1/graph/stop', { thread_id: uuid })).status).not.toBe(200);
    }
    expect((await client('bob', 'user').call('/v1/threads?all=true')).status).toBe(403);
    expect(await client('eve', 'chief', 'other').listAll()).not.toContainEqual(expect.objectContaining({ uuid }));
    expect((await alice.call('/v1/threads?all=perhaps')).status).toBe(422);
  });
});

describe('isolation "none"', () => {
  const server = serve({ agent: exampleGraph, auth, authorization: { method: 'ownership', isolation: 'none' } });
  const { client } = clientsOf(server);

  test('is announced, and shows everybody all of their tenant', async () => {
    expect(server.output()).toContain('INSECURE: isolation');
    await client('alice', 'user').call('/v1/graph/invoke', say('Hello', 'open'));
    const [listed] = await client('bob', 'user').listAll();
    expect(listed).toMatchObject({ thread_id: 'open', user_id: 'alice' });
    expect((await client('bob', 'user').call(`/v1/threads/${listed?.uuid}`)).status).toBe(200);
    expect(await client('bob', 'user', 'other').listAll()).toEqual([]);
    expect((await client('bob', 'user', 'other').call(`/v1/threads/${listed?.uuid}`)).status).toBe(404);
  });
});

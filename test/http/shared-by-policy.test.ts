import { describe, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { exampleGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';

/* What a policy has to do with shared threads: the roles that it gives, the lists that it filters, and the trail that is left. */

const clientOf = (server: Served, subject: string, claims: object = {}) => {
  const token = server.tokenFor(subject, claims);
  return (path: string, body?: object, method?: string) =>
    send(`${server.url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
};

describe('roles that a plugin gives', () => {
  const plugin = `import { AuthorizationBackend } from 'agentflow';
export class Teams extends AuthorizationBackend {
  authorize(user, resource, action, id, { many }) {
    return user.may === undefined || !many ? true : { filter: { id: { in: user.may } } };
  }
  rolesOf({ user_id: id }) {
    if (id === 'throws') throw new Error('the directory is away');
    if (id === 'hangs') return new Promise(() => undefined);
    if (id === 'nonsense') return 'support';
    if (id === 'nothing') return null;
    if (id === 'numbers') return [7];
    return id.startsWith('s') ? Promise.resolve(['support', 'user:bob', '*']) : [];
  }
}`;
  const server = serve(
    { agent: exampleGraph, auth: 'jwt', authorization: { method: 'custom', path: './teams.ts:Teams', deadline: '1s' } },
    { files: { 'teams.ts': plugin } },
  );
  const alice = clientOf(server, 'alice');
  const shareWith = async (id: string, to: object) => {
    await alice('/v1/graph/invoke', say('Hello', id));
    return (await alice(`/v1/threads/${id}/grants`, { ...to, access: 'write' })).body.uuid as string;
  };

  test('are roles that a thread is shared with', async () => {
    const uuid = await shareWith('given', { role: 'support' });
    expect((await clientOf(server, 'sue')(`/v1/threads/${uuid}`)).status).toBe(200);
    expect((await clientOf(server, 'tom')(`/v1/threads/${uuid}`)).status).toBe(404);
    // The name of a principal is no role, whoever says so.
    const his = await shareWith('his', { user: 'bob' });
    expect((await clientOf(server, 'sue')(`/v1/threads/${his}`)).status).toBe(404);
  });

  test.each(['throws', 'hangs', 'nonsense', 'nothing', 'numbers'])(
    'where it %s, what is others’ cannot be asked for, and one’s own can',
    async (subject) => {
      const uuid = await shareWith(`for-${subject}`, { user: subject });
      const call = clientOf(server, subject);
      expect((await call(`/v1/threads/${uuid}`)).status).toBe(503);
      expect((await call('/v1/graph/invoke', say('Hello', uuid))).status).toBe(503);
      expect((await call('/v1/threads?shared=true')).status).toBe(503);
      expect((await call('/v1/graph/invoke', say('Hello', 'own'))).status).toBe(200);
      expect((await call('/v1/threads/own')).status).toBe(200);
      expect((await call('/v1/threads')).body.data.threads).toHaveLength(1);
    },
  );

  test('a filter of the policy is about uuids in the list of what is shared', async () => {
    const uuids = [await shareWith('one', { user: 'ned' }), await shareWith('two', { user: 'ned' })];
    const listOf = async (claims: object) =>
      (await clientOf(server, 'ned', claims)('/v1/threads?shared=true')).body.data.threads.map(
        ({ uuid }: { uuid: string }) => uuid,
      );
    expect((await listOf({})).toSorted()).toEqual(uuids.toSorted());
    expect(await listOf({ may: [uuids[0], 'two'] })).toEqual([uuids[0]]);
    expect(await listOf({ may: ['one', 'two'] })).toEqual([]);
  });
});

describe('the trail', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' });
  const [alice, bob] = [clientOf(server, 'alice'), clientOf(server, 'bob')];

  test('has who shared what with whom, who took it back, and who was refused', async () => {
    await alice('/v1/graph/invoke', say('Hello', 'diary'));
    const made = await alice('/v1/threads/diary/grants', { user: 'bob', access: 'read' });
    const refused = await bob('/v1/graph/invoke', say('Hello', made.body.uuid));
    const tried = await bob('/v1/threads/diary/grants', { user: 'eve', access: 'read' });
    const taken = await alice(`/v1/threads/diary/grants/${made.body.grant_id}`, undefined, 'DELETE');
    const shared = { resource: 'checkpointer', action: 'share', resource_id: 'diary' };
    const rowsOf = async (answer: typeof made) => {
      const rows = await auditRowsOf(server.directory, answer);
      return rows.map((row) => ({ ...row, detail: JSON.parse((row as { detail?: string }).detail ?? 'null') }));
    };
    const detail = { thread_id: 'diary', uuid: made.body.uuid, user: 'bob', realm: 'local', access: 'read' };
    const asked = { ...shared, event: 'request', outcome: 'allowed', detail: null };
    expect(await rowsOf(made)).toMatchObject([{ ...shared, event: 'thread-shared', detail }, asked]);
    expect(await rowsOf(taken)).toMatchObject([{ ...shared, event: 'grant-taken-back', detail }, asked]);
    expect(await rowsOf(tried)).toMatchObject([{ ...shared, outcome: 'refused', status: 404, detail: null }]);
    expect(await rowsOf(refused)).toMatchObject([
      {
        ...{ resource: 'graph', action: 'invoke', resource_id: made.body.uuid, outcome: 'refused', status: 403 },
        reason: 'the thread is shared with them only to read',
      },
    ]);
  });
});

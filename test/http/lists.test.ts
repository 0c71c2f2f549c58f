import { routes } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';

/*
 * One policy answers "may she read this" and "which may she read". Whatever is in a list can be read, and whatever can be read
 * is in the list; and whoever may do something to some may do it to no others, also where one request is about all of them.
 */

function clientOf(server: Served, subject: string, roles: readonly string[]) {
  const token = server.tokenFor(subject, { roles });
  return (path: string, body?: object, method?: string) =>
    send(`${server.url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
}

const model = `[request_definition]
r = sub, obj, act, id
[policy_definition]
p = sub, obj, act, id, eft
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && (p.act == "*" || r.act == p.act) && (p.id == "*" || keyMatch(r.id, p.id) || g2(r.id, p.id))
`;

const policy = `p, user, graph, *, *
p, user, threads, read, team-*
p, user, threads, read, shared
p, user, threads, read, team-secret, deny
p, user, run, read, *
p, clerk, graph, *, *
p, reader, threads, read, *
g2, minutes, shared
g2, agenda, shared
g, editor, user
`;

describe('by a casbin policy that knows ids', () => {
  const authorization = { method: 'casbin', policy: 'policy.csv', model: 'model.conf' };
  const files = { 'policy.csv': policy, 'model.conf': model };
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization }, { files });
  const ids = ['team-1', 'team-2', 'team-secret', 'teams', 'minutes', 'agenda', 'private'];

  async function listOf(call: ReturnType<typeof clientOf>, query = '') {
    const answer = await call(`/v1/threads${query}`);
    expect(answer.status).toBe(200);
    return answer.body.data.threads.map((thread: { thread_id: string }) => thread.thread_id).toSorted();
  }

  test.each([
    ['alice', 'user'],
    ['erin', 'editor'],
  ])('%s, %s: the list holds what can be read, and nothing else', async (subject, role) => {
    const call = clientOf(server, subject, [role]);
    for (const id of ids) expect((await call('/v1/graph/invoke', say('Hello', id))).status).toBe(200);
    const readable: string[] = [];
    for (const id of ids) {
      const { status } = await call(`/v1/threads/${id}`);
      expect([200, 403]).toContain(status);
      if (status === 200) readable.push(id);
    }
    expect(readable.toSorted()).toEqual(['agenda', 'minutes', 'team-1', 'team-2']);
    expect(await listOf(call)).toEqual(readable.toSorted());
    expect(await listOf(call, '?search=team')).toEqual(['team-1', 'team-2']);
    expect(await listOf(call, '?limit=1&offset=3')).toHaveLength(1);
    expect(await listOf(call, '?limit=10&offset=4')).toEqual([]);
  });

  test('whoever may read all has all; whoever may read none is told so', async () => {
    const reader = clientOf(server, 'rita', ['reader', 'clerk']);
    for (const id of ids) await reader('/v1/graph/invoke', say('Hello', id));
    expect(await listOf(reader)).toEqual(ids.toSorted());
    const clerk = clientOf(server, 'carl', ['clerk']);
    expect((await clerk('/v1/graph/invoke', say('Hello', 'team-1'))).status).toBe(200);
    const refused = await clerk('/v1/threads');
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'Forbidden: this needs the permission checkpointer:read.',
    ]);
  });

  test('/v1/auth/me names what may be done to some', async () => {
    const permissionsOf = async (role: string) =>
      (await clientOf(server, 'mia', [role])('/v1/auth/me')).body.permissions.filter(
        (one: string) => !one.startsWith('graph'),
      );
    expect(await permissionsOf('user')).toEqual(['checkpointer:read', 'run:read']);
    expect(await permissionsOf('clerk')).toEqual([]);
  });

  test('the floor stays: nobody has what is others', async () => {
    expect(await listOf(clientOf(server, 'nina', ['user']))).toEqual([]);
    expect(await listOf(clientOf(server, 'nina', ['reader']))).toEqual([]);
  });
});

const plugin = `import { AuthorizationBackend } from 'agentflow';

/** Who may do something to what has one of their roles for an id. */
export class ByRole extends AuthorizationBackend {
  authorize(user, resource, action, resourceId, context) {
    if (user.roles.includes('narrow')) return { filter: { id: { in: ['one'] } } };
    if (resource === 'graph' || (resource === 'store' && action === 'write')) return true;
    if (user.roles.includes('all')) return true;
    if (user.roles.includes('odd')) return { filter: { owner: 'alice' } };
    return { filter: { id: { in: user.roles } } };
  }
}

/** Never what is called so. */
export class Not extends AuthorizationBackend {
  authorize(user, resource, action, resourceId, context) {
    if (resource === 'graph' || (resource === 'store' && action === 'write')) return true;
    return { effect: 'allow', reason: 'all but one', filter: { not: { id: { in: ['hidden'] } } } };
  }
}
`;

describe('by plugins that answer filters', () => {
  const authorization = ['auth.ts:ByRole', 'auth.ts:Not'];
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization }, { files: { 'auth.ts': plugin } });
  const alice = (...roles: string[]) => clientOf(server, 'alice', roles);

  /** The lists of the route table, and how each is asked. */
  const lists: Readonly<Record<string, (call: ReturnType<typeof clientOf>) => Promise<readonly string[]>>> = {
    listThreads: async (call) =>
      (await call('/v1/threads')).body.data.threads.map((thread: { thread_id: string }) => thread.thread_id),
    listRuns: async (call) => (await call('/v1/runs')).body.runs.map((run: { run_id: string }) => run.run_id),
    listMemories: async (call) =>
      (await call('/v1/store/memories/list', {})).body.data.memories.map((memory: { id: string }) => memory.id),
    searchMemories: async (call) =>
      (await call('/v1/store/search', { query: 'remember', limit: 100 })).body.data.results.map(
        (memory: { id: string }) => memory.id,
      ),
  };

  const one: Readonly<Record<string, (call: ReturnType<typeof clientOf>, id: string) => ReturnType<typeof send>>> = {
    listThreads: (call, id) => call(`/v1/threads/${id}`),
    listRuns: (call, id) => call(`/v1/runs/${id}`),
    listMemories: (call, id) => call(`/v1/store/memories/${id}`, {}),
    searchMemories: (call, id) => call(`/v1/store/memories/${id}`, {}),
  };

  test('there are things to list', async () => {
    const call = alice('all');
    for (const id of ['one', 'two', 'three', 'hidden']) {
      expect((await call('/v1/graph/invoke', say('Hello', id))).status).toBe(200);
      expect((await call('/v1/store/memories', { content: `remember ${id}` })).status).toBe(200);
    }
  });

  test('every list of the route table is here', () => {
    const many = Object.entries(routes).filter(
      // A socket lists nothing: it is opened by whoever may run on some threads, and each run is asked about.
      ([, route]) => 'requires' in route && 'many' in route.requires && route.answer !== 'socket',
    );
    expect(many.map(([name]) => name).toSorted()).toEqual([...Object.keys(lists), 'forgetMemories'].toSorted());
  });

  test.each(Object.keys(lists))('%s: some of them, and those can be read one by one', async (name) => {
    const list = lists[name];
    const read = one[name];
    if (list === undefined || read === undefined) throw new Error(`${name} is not here`);
    const all = await list(alice('all'));
    expect(all).toHaveLength(name === 'listThreads' ? 3 : 4);
    const [first = '', second = '', third = ''] = all;
    const call = alice(first, third, 'hidden');
    expect((await list(call)).toSorted()).toEqual([first, third].toSorted());
    expect((await read(call, first)).status).toBe(200);
    const refused = await read(call, second);
    expect([refused.status, refused.text.includes('but not this')]).toEqual([403, false]);
    expect(await list(clientOf(server, 'bob', [first, second]))).toEqual([]);
    expect(await list(alice('nothing'))).toEqual([]);
  });

  test('the second backend narrows what the first one lets through', async () => {
    expect((await alice('all')('/v1/threads/hidden')).status).toBe(403);
    expect((await alice('hidden')('/v1/threads/hidden')).status).toBe(403);
    expect((await alice('all')('/v1/threads/one')).status).toBe(200);
  });

  test('what names none, and is about no list, is not one of some', async () => {
    const call = alice('narrow');
    const invoke = async (threadId?: string) => {
      const nowhere = { messages: [{ role: 'user', content: 'Hello' }] };
      return (await call('/v1/graph/invoke', threadId === undefined ? nowhere : say('Hello', threadId))).status;
    };
    expect([await invoke('one'), await invoke('two'), await invoke()]).toEqual([200, 403, 403]);
    expect((await call('/v1/store/memories', { content: 'remember' })).status).toBe(403);
  });

  test('a filter that is none ends the request as 503', async () => {
    expect((await alice('odd')('/v1/threads')).status).toBe(503);
    expect((await alice('odd')('/v1/threads/one')).status).toBe(503);
  });

  test('forgetting all forgets what may be forgotten', async () => {
    const list = lists['listMemories'];
    if (list === undefined) throw new Error('listMemories is not here');
    const before = await list(alice('all'));
    const [first = '', ...others] = before;
    const answer = await alice(first)('/v1/store/memories/forget', {});
    expect([answer.status, answer.body.data.data.removed_count]).toEqual([200, 1]);
    expect((await list(alice('all'))).toSorted()).toEqual(others.toSorted());
    expect((await alice('nothing')('/v1/store/memories/forget', {})).body.data.data.removed_count).toBe(0);
    expect(await list(alice('all'))).toHaveLength(3);
  });
});

import { type Route, routeList } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { type Answer, lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/*
 * Two users with the same thread id never meet, and another's thread behaves exactly like an unused one. The cases are made
 * from the route table, so that a new route with a thread cannot escape them.
 */

const server = serve({ agent: echoGraph, auth: { method: 'jwt', claims: { tenant: 'org' } } });
const alice = server.tokenFor('alice');
const bob = server.tokenFor('bob');

const withTenant = (subject: string, org: string) => server.tokenFor(subject, { org });
const invoke = (token: string, body: object) => send(`${server.url}/v1/graph/invoke`, { token, body });

/** Everything that the owner sees of a thread, to be compared before and after. */
async function everythingOf(token: string, threadId: string): Promise<string> {
  const paths = ['', '/state', '/messages'].map((part) => `${server.url}/v1/threads/${threadId}${part}`);
  const answers = await Promise.all(paths.map((path) => send(path, { token })));
  for (const { status } of answers) expect(status).toBe(200);
  return JSON.stringify(answers.map(({ body }) => body.data));
}

/** What is left of an answer when everything is taken away that must differ: ids, times, and the id that was asked for. */
function shapeOf({ status, text, headers }: Answer, threadId: string) {
  const shape = text
    .replaceAll(threadId, 'THREAD')
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/"(timestamp|time_taken)":[\d.e-]+/g, '"$1":0');
  const names = [...headers.keys()].filter((name) => name !== 'content-length').toSorted();
  return { status, shape, names };
}

const tenantOf = {
  alice: withTenant('alice', 'acme'),
  bob: withTenant('bob', 'acme'),
  aliceElsewhere: withTenant('alice', 'other'),
};

const threadRoutes = routeList.filter((route) => 'requires' in route && route.requires.id !== undefined);

const message = { role: 'user', content: 'mine now' };
const bodies: Readonly<Record<string, (threadId: string) => object>> = {
  invokeGraph: (threadId) => say('mine now', threadId),
  streamGraph: (threadId) => say('mine now', threadId),
  addMessages: () => ({ messages: [message] }),
  updateThreadState: () => ({ state: { context: [message] } }),
};

function ask(route: Route, token: string, threadId: string, messageId: string): Promise<Answer> {
  const path = route.path.replace(':thread_id', threadId).replace(':message_id', messageId);
  const body = bodies[route.name]?.(threadId);
  return send(`${server.url}${path}`, { method: route.method, token, ...(body !== undefined && { body }) });
}

describe('another’s thread is like an unused one', () => {
  test('there are routes to try', () => {
    expect(threadRoutes.length).toBeGreaterThanOrEqual(11);
  });

  const strangers = [
    ['another user', tenantOf.bob],
    ['the same user of another tenant', tenantOf.aliceElsewhere],
  ] as const;

  for (const [who, token] of strangers) {
    test.each(threadRoutes)(`$method $path for ${who}`, async (route) => {
      const suffix = `${route.name}-${who.length}`;
      const theirs = `theirs-${suffix}`;
      const unused = `unused-${suffix}`;
      const first = await invoke(tenantOf.alice, say('private', theirs));
      const messageId: string = first.body.data.messages[0].message_id;
      const before = await everythingOf(tenantOf.alice, theirs);

      const onTheirs = await ask(route, token, theirs, messageId);
      const onUnused = await ask(route, token, unused, messageId);
      expect(shapeOf(onTheirs, theirs)).toEqual(shapeOf(onUnused, unused));
      expect(onTheirs.text).not.toContain('private');

      expect(await everythingOf(tenantOf.alice, theirs)).toBe(before);
      // The positive twin: its owner is let in by the same request.
      expect((await ask(route, tenantOf.alice, theirs, messageId)).status).toBe(200);
    });
  }
});

describe('an id that hides elsewhere', () => {
  test.each([
    ['config', (id: string) => ({ config: { thread_id: id } })],
    ['config.configurable', (id: string) => ({ config: { configurable: { thread_id: id } } })],
    ['the top', (id: string) => ({ thread_id: id })],
  ])('in %s is refused where it differs from the path', async (_place, hide) => {
    const token = tenantOf.bob;
    await invoke(token, say('mine', 'own-1'));
    const body = { messages: [message], state: { context: [message] }, ...hide('other-1') };
    for (const [method, path] of [
      ['POST', 'messages'],
      ['PUT', 'state'],
      ['DELETE', 'state'],
      ['DELETE', ''],
    ] as const) {
      const answer = await send(`${server.url}/v1/threads/own-1${path && `/${path}`}`, { method, token, body });
      expect([method, path, answer.status]).toEqual([method, path, 400]);
    }
    const same = { ...body, ...hide('own-1') };
    expect((await send(`${server.url}/v1/threads/own-1/messages`, { token, body: same })).status).toBe(200);
  });

  test('two different ids in one invoke are refused', async () => {
    const body = { ...say('Hi', 'a-1'), thread_id: 'b-1' };
    expect((await invoke(tenantOf.bob, body)).status).toBe(400);
    const nested = { messages: [message], config: { thread_id: 'a-1', configurable: { thread_id: 'b-1' } } };
    expect((await invoke(tenantOf.bob, nested)).status).toBe(400);
  });

  test('in the query it means nothing', async () => {
    await invoke(tenantOf.alice, say('private', 'queried'));
    const answer = await send(`${server.url}/v1/threads/unused-q?thread_id=queried`, { token: tenantOf.bob });
    expect(answer.status).toBe(404);
  });

  test('a checkpoint of another thread cannot be named', async () => {
    await invoke(tenantOf.alice, say('private', 'checkpointed'));
    const config = { thread_id: 'fresh', checkpoint_id: '1', checkpoint_ns: 'x', checkpoint_map: { '': '1' } };
    const answer = await invoke(tenantOf.bob, { messages: [message], config });
    expect(answer.status).toBe(200);
    expect(answer.body.data.messages).toHaveLength(2);
  });
});

describe('lists', () => {
  test('hold one’s own and nothing else, whatever is asked', async () => {
    const carol = withTenant('carol', 'acme');
    const dave = withTenant('dave', 'acme');
    await Promise.all(Array.from({ length: 30 }, (_, index) => invoke(carol, say('Hi', `carol-${index}`))));
    await Promise.all(Array.from({ length: 20 }, (_, index) => invoke(dave, say('Hi', `dave-${index}`))));
    const list = async (token: string, query: string) => {
      const { body } = await send(`${server.url}/v1/threads${query}`, { token });
      return (body.data.threads as { thread_id: string }[]).map(({ thread_id }) => thread_id);
    };
    expect(await list(carol, '')).toHaveLength(30);
    expect(await list(dave, '?limit=1000')).toHaveLength(20);
    expect((await list(dave, '?limit=1000')).every((id) => id.startsWith('dave-'))).toBe(true);
    expect(await list(dave, '?search=carol')).toEqual([]);
    expect(await list(dave, '?search=%25')).toEqual([]);
    expect(await list(dave, '?offset=20')).toEqual([]);
    expect(await list(carol, '?limit=7&offset=28')).toHaveLength(2);
    expect((await send(`${server.url}/v1/threads?limit=0`, { token: dave })).status).toBe(422);
  });
});

describe('the user that a node sees', () => {
  const roles = { role: 'clerk', org: 'acme', email: 'erin@example.test' };

  test('is the one who authenticated, under every name', async () => {
    const forged = { user_id: 'root', sub: 'root', roles: ['admin'] };
    const config = {
      user: forged,
      user_id: 'root',
      authz: forged,
      langgraph_auth_user: forged,
      langgraph_auth_user_id: 'root',
      _user: forged,
      __pregel_store: 'x',
      language: 'de',
      nested: { user: forged, user_id: 'root', deep: [{ _x: 1, user: forged, kept: true }] },
      configurable: { user: forged, user_id: 'root', run_id: 'mine', colour: 'red' },
    };
    const body = { messages: [message], config, user: forged, user_id: 'root' };
    const answer = await invoke(server.tokenFor('erin', roles), body);
    const seen = JSON.parse(lastText(answer));
    expect(seen.user).toEqual({
      user_id: 'erin',
      sub: 'erin',
      realm: 'local',
      tenant: 'acme',
      role: 'clerk',
      roles: ['clerk'],
      email: 'erin@example.test',
    });
    expect(seen.user_id).toBe('erin');
    expect(seen.langgraph_auth_user).toMatchObject({ identity: 'erin', permissions: [] });
    expect(seen.nested).toEqual({ deep: [{ kept: true }] });
    expect(seen.names).toEqual(expect.arrayContaining(['colour', 'language', 'thread_id']));
    expect(seen.names.filter((name: string) => name.startsWith('_') || name === 'authz')).toEqual([]);
    expect(answer.text).not.toContain('root');
  });

  test('carries no credential', async () => {
    const token = server.tokenFor('erin', roles);
    const answer = await invoke(token, { messages: [message] });
    for (const part of token.split('.')) expect(answer.text).not.toContain(part);
  });

  test('without the tenant that the configuration asks for there is nobody', async () => {
    for (const token of [alice, bob]) expect((await invoke(token, say('Hi'))).status).toBe(401);
  });
});

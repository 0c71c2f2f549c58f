import { beforeAll, describe, expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* What a client says about who it is never reaches the graph; the graph of this server tells all that reached it. */

const server = serve({ agent: echoGraph, auth: 'jwt' });
const token = server.tokenFor('bob', { role: 'user', name: 'Bob' });

const invoke = (body: object) => send(`${server.url}/v1/graph/invoke`, { token, body });

type Report = Readonly<Record<string, unknown>>;

/** What the node was given; the ids of the run are its own. */
async function reportOf(config: object): Promise<Report> {
  const answer = await invoke({ ...say('Hello'), config });
  expect(answer.status).toBe(200);
  const { thread_id: _thread, run_id: _run, __pregel_task_id: _task, ...rest } = JSON.parse(lastText(answer));
  const { checkpoint_ns: _ns, checkpoint_map: _map, names: _names, ...report } = rest;
  return report;
}

const mallory = {
  user_id: 'mallory',
  sub: 'mallory',
  identity: 'mallory',
  tenant: 'mallory',
  roles: ['mallory'],
  permissions: ['mallory:*'],
};

const forgeries: readonly (readonly [string, object])[] = [
  ['config.user', { user: mallory }],
  ['config.user as a text', { user: 'mallory' }],
  ['config.user_id', { user_id: 'mallory' }],
  ['config.authz', { authz: mallory }],
  ['config.langgraph_auth_user', { langgraph_auth_user: mallory }],
  ['config.langgraph_auth_user_id', { langgraph_auth_user_id: 'mallory' }],
  ['config._x', { _x: mallory }],
  ['config.__x', { __x: mallory }],
  ['config.__pregel_checkpointer', { __pregel_checkpointer: 'mallory' }],
  ['config.__pregel_resuming', { __pregel_resuming: 'mallory' }],
  ['config.__pregel_scratchpad', { __pregel_scratchpad: { currentTaskInput: 'mallory' } }],
  ['config.configurable.user', { configurable: { user: mallory } }],
  ['config.configurable.user_id', { configurable: { user_id: 'mallory' } }],
  ['config.configurable.authz', { configurable: { authz: mallory } }],
  ['config.configurable.langgraph_auth_user', { configurable: { langgraph_auth_user: mallory } }],
  ['config.configurable._x', { configurable: { _x: 'mallory' } }],
  ['config.configurable.__pregel_send', { configurable: { __pregel_send: 'mallory' } }],
  ['an escaped name', JSON.parse('{"\\u0075ser": {"user_id": "mallory"}}')],
];

/** The same, where they must be dropped from something that is kept. */
const nested: readonly (readonly [string, object, Report])[] = [
  ['an object', { kept: { user: mallory, colour: 'blue' } }, { kept: { colour: 'blue' } }],
  ['a list', { kept: [{ user_id: 'mallory' }, { _x: 'mallory' }, 'blue'] }, { kept: [{}, {}, 'blue'] }],
  [
    'a configurable',
    { configurable: { kept: { deep: [{ langgraph_auth_user: mallory }] } } },
    { kept: { deep: [{}] } },
  ],
  ['a configurable in a configurable', { configurable: { configurable: { user: mallory } } }, { configurable: {} }],
  ['a metadata', { metadata: { authz: mallory, colour: 'blue' } }, { metadata: { colour: 'blue' } }],
];

describe('a user in the config', () => {
  let honest: Report;

  beforeAll(async () => {
    honest = await reportOf({});
  });

  test('the positive twins: the graph is told who asks, and what an honest config says', async () => {
    expect(honest).toMatchObject({
      user: { user_id: 'bob', sub: 'bob', realm: 'local', tenant: 'default', roles: ['user'], name: 'Bob' },
      user_id: 'bob',
      langgraph_auth_user: { identity: 'bob' },
      langgraph_auth_user_id: 'bob',
    });
    expect(await reportOf({ colour: 'blue' })).toEqual({ ...honest, colour: 'blue' });
    expect(await reportOf({ configurable: { colour: 'blue' } })).toEqual({ ...honest, colour: 'blue' });
    expect(await reportOf({ users: ['blue'], my_user: 'blue' })).toMatchObject({ users: ['blue'], my_user: 'blue' });
  });

  test('no credential is among what the graph is told', () => {
    expect(JSON.stringify(honest)).not.toContain(token);
    expect(JSON.stringify(honest)).not.toContain(token.split('.')[2]);
  });

  test.each(forgeries)('%s does not reach the node', async (_where, config) => {
    expect(await reportOf(config)).toEqual(honest);
  });

  test.each(nested)('nor does one inside %s', async (_where, config, kept) => {
    expect(await reportOf(config)).toEqual({ ...honest, ...kept });
  });

  test.each([...forgeries, ...nested].map(([where, config]) => [where, config] as const))(
    '%s: nor by way of a stream',
    async (_where, config) => {
      const answer = await send(`${server.url}/v1/graph/stream`, { token, body: { ...say('Hello'), config } });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain('mallory');
      expect(answer.text).toContain('\\"user_id\\":\\"bob\\"');
    },
  );

  test('nor by all ways at once, and the thread is the honest user’s', async () => {
    const config = {
      thread_id: 'forged',
      ...mallory,
      user: mallory,
      configurable: { user: mallory, user_id: 'mallory' },
    };
    const answer = await invoke({ ...say('Hello'), config, user: mallory, user_id: 'mallory' });
    expect(JSON.parse(lastText(answer))).toMatchObject({ user: honest['user'], user_id: 'bob' });
    const { thread } = (await send(`${server.url}/v1/threads/forged`, { token })).body.data.thread_data;
    expect(thread.user_id).toBe('bob');
    expect((await send(`${server.url}/v1/threads/forged`, { token: server.tokenFor('mallory') })).status).toBe(404);
  });
});

test('nor by the names under which LangGraph’s own servers tell who asks', async () => {
  const forged = {
    langgraph_auth_permissions: ['mallory:*'],
    langgraph_request_id: 'mallory',
    langgraph_auth_user_id: 'mallory',
    configurable: { langgraph_auth_permissions: ['mallory:*'] },
  };
  const report = await reportOf(forged);
  expect(JSON.stringify(report)).not.toContain('mallory');
  expect(report['langgraph_auth_permissions']).toEqual([]);
});

describe('a user in headers, query and body', () => {
  const asOther = {
    'X-User': 'mallory',
    'X-User-Id': 'mallory',
    'X-Forwarded-User': 'mallory',
    'Remote-User': 'mallory',
  };

  test.each([
    ['headers', '', asOther],
    ['the query', '?user_id=mallory&sub=mallory&user=mallory', {}],
  ])('%s do not say who asks', async (_where, query, headers) => {
    const me = await send(`${server.url}/v1/auth/me${query}`, { token, headers });
    expect(me.body).toMatchObject({ user_id: 'bob', subject: 'bob', tenant: 'default' });
    expect(me.text).not.toContain('mallory');
    const ran = await send(`${server.url}/v1/graph/invoke${query}`, { token, headers, body: say('Hello') });
    expect(ran.status).toBe(200);
    expect(ran.text).not.toContain('mallory');
  });

  test.each(['user', 'user_id', 'configurable', 'langgraph_auth_user', '__pregel_tasks'])(
    'the state takes no field %s',
    async (name) => {
      const body = say('Hello', undefined, { initial_state: { [name]: mallory } });
      expect((await invoke(body)).status).toBe(422);
    },
  );
});

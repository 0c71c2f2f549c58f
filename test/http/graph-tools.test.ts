import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { auditRowsOf } from '../harness/audit-rows.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { createProject, createSecret, exampleGraph, type Project, root } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { callsIn, createRemoteClient, type RemoteClient } from '../harness/remote-client.js';
import { type Answer, say } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { tokenFor } from '../harness/tokens.js';

/* Which tools there are for whom: the graph's own, those of the file, and those that callers declare. */

const agent = `${join(root, 'test/graphs/remote-tools.ts')}:app`;
const declaring = {
  auth: { method: 'jwt', claims: { tenant: 'org' } },
  authorization: {
    method: 'roles',
    roles: { user: ['graph:*', 'threads:*'], guest: ['graph:read'] },
    default_role: 'guest',
  },
};
const ofFile = {
  node: 'tools',
  name: 'clock',
  description: 'Tells the time.',
  parameters: { type: 'object', properties: {} },
};
const page = { node_name: 'tools', name: 'page', description: 'Reads the page.' };
const noParameters = { type: 'object', properties: {} };

const remoteOf = ({ body }: Answer): readonly string[] =>
  body.data.nodes.flatMap(({ tools }: { tools: { name: string; source: string }[] }) =>
    tools.filter(({ source }) => source === 'remote').map(({ name }) => name),
  );

describeOnDatabases((createDatabase) => {
  const secret = createSecret();
  let database: TestDatabase;
  let project: Project;
  let servers: readonly RunningAgentflow[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration === undefined ? {} : { database: database.configuration };
    project = createProject({ 'agentflow.json': { agent, ...declaring, ...where, remote_tools: [ofFile] } });
    const start = () => startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    servers = [await start(), await start()];
  });

  afterAll(async () => {
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0]);
    project.remove();
    await database.remove();
  });

  const clientOf = (subject: string, { org = 'acme', roles = ['user'], at = 0 } = {}): RemoteClient =>
    createRemoteClient(() => servers[at]?.url ?? '', tokenFor(subject, secret, { org, roles }));
  const una = clientOf('una');
  const list = (client: RemoteClient) => client.call('/v1/graph/tools');

  test('a declaration is answered as AgentFlow and its client have it, and kept in the trail', async () => {
    const answer = await una.call('/v1/graph/setup', { tools: [page, { ...page, name: 'title' }] });
    expect([answer.status, answer.body.data]).toEqual([
      200,
      {
        ...{ status: 'success', details: "Added tools to nodes: ['tools']", success: true },
        ...{ message: expect.any(String), registered_tools: ['page', 'title'] },
      },
    ]);
    const rows = await auditRowsOf(project.directory, answer).catch(() => undefined);
    if (database.configuration === undefined) {
      expect(rows?.find(({ event }) => event === 'remote-tools-declared')).toMatchObject({
        subject: 'una',
        resource: 'graph',
        action: 'setup',
      });
    }
  });

  test('the list has the tools of the nodes, of the file and of the caller', async () => {
    await una.call('/v1/graph/setup', {
      tools: [
        { ...page, parameters: { type: 'object', properties: { part: { type: 'string' } }, required: ['part'] } },
        { ...page, node_name: 'elsewhere', name: 'other' },
      ],
    });
    const { body } = await list(una);
    const look = {
      name: 'look',
      description: 'Looks.',
      source: 'local',
      parameters: expect.objectContaining({ properties: { where: { type: 'string' } } }),
    };
    expect(body.data).toEqual({
      node_count: 2,
      tool_count: 4,
      nodes: [
        {
          ...{ node_name: 'tools', tool_count: 3 },
          tools: [
            look,
            { name: 'clock', description: 'Tells the time.', source: 'remote', parameters: noParameters },
            {
              name: 'page',
              description: 'Reads the page.',
              source: 'remote',
              parameters: { type: 'object', properties: { part: { type: 'string' } }, required: ['part'] },
            },
          ],
        },
        {
          node_name: 'elsewhere',
          tool_count: 1,
          tools: [{ name: 'other', description: 'Reads the page.', source: 'remote', parameters: noParameters }],
        },
      ],
    });
  });

  test("nobody reads, uses or replaces another's, and every process of the database has them", async () => {
    await una.declare('page');
    const others = [clientOf('bob'), clientOf('una', { org: 'other' })];
    for (const other of others) {
      expect(remoteOf(await list(other))).toEqual(['clock']);
      await other.declare('theirs');
      expect(remoteOf(await list(other))).toEqual(['clock', 'theirs']);
      await other.declare();
    }
    const elsewhere = clientOf('una', { at: 1 });
    expect([remoteOf(await list(una)), remoteOf(await list(elsewhere))]).toEqual(Array(2).fill(['clock', 'page']));
    const asked = callsIn(await elsewhere.call('/v1/graph/invoke', say('use page clock', 'elsewhere')));
    expect(asked.map(({ name }) => name)).toEqual(['page', 'clock']);
    const answered = await una.answer('elsewhere', Object.fromEntries(asked.map(({ id }) => [id, 'x'])));
    expect(answered.body.data.meta.status).toBe('completed');
  });

  test('those of the file are for everybody who runs the graph', async () => {
    expect((await clientOf('carl').converse('use clock', 'c')).rounds).toBe(1);
  });

  test('to declare needs graph:setup, and to list graph:read', async () => {
    const guest = clientOf('guest', { roles: [] });
    expect((await guest.declare('page')).body.message).toBe('Forbidden: this needs the permission graph:setup.');
    expect((await list(guest)).status).toBe(200);
    const stranger = createRemoteClient(() => servers[0]?.url ?? '', 'x');
    expect([(await stranger.declare('page')).status, (await list(stranger)).status]).toEqual([401, 401]);
  });

  test('two declarations at once leave one of them, whole', async () => {
    const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}_${index}`);
    const [few, many] = [names('few', 3), names('many', 40)];
    const again = clientOf('una', { at: 1 });
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([una.declare(...few), again.declare(...many)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const [, ...left] = remoteOf(await list(una));
      expect([few, many]).toContainEqual(left);
    }
  });

  const parameters = (given: unknown) => ({ tools: [{ ...page, parameters: given }] });
  const deep = (levels: number): object =>
    levels === 0 ? {} : { type: 'object', properties: { a: deep(levels - 1) } };
  test.each<[string, object, string]>([
    ['no list', {}, 'tools'],
    ['a name that no model takes', { tools: [{ ...page, name: 'read page' }] }, 'name'],
    ['an empty name', { tools: [{ ...page, name: '' }] }, 'name'],
    ['a long name', { tools: [{ ...page, name: 'x'.repeat(65) }] }, 'name'],
    ['no node', { tools: [{ ...page, node_name: '' }] }, 'node_name'],
    ['a node with a line break', { tools: [{ ...page, node_name: 'a\nb' }] }, 'node_name'],
    ['a long description', { tools: [{ ...page, description: 'x'.repeat(4097) }] }, 'description'],
    ['a NUL character, which no database keeps alike', { tools: [{ ...page, description: 'a\0b' }] }, 'description'],
    ['the same twice', { tools: [page, page] }, 'name'],
    ["the name of the graph's own tool", { tools: [{ ...page, name: 'look' }] }, 'name'],
    ["the name of the file's tool", { tools: [{ ...page, name: 'clock' }] }, 'name'],
    ['parameters that are no object', parameters({ type: 'string' }), 'parameters'],
    ['parameters that are a list', parameters([]), 'parameters'],
    ['properties that are none', parameters({ type: 'object', properties: { a: 7 } }), 'parameters'],
    ['required that is no list', parameters({ type: 'object', required: 'a' }), 'parameters'],
    ['deep parameters', parameters(deep(20)), 'parameters'],
    ['large parameters', parameters({ type: 'object', description: 'x'.repeat(17_000) }), 'parameters'],
    ['too many', { tools: Array.from({ length: 65 }, (_, index) => ({ ...page, name: `t${index}` })) }, 'tools'],
    [
      'too much together',
      {
        tools: Array.from({ length: 64 }, (_, index) => ({
          ...page,
          name: `t${index}`,
          parameters: { type: 'object', description: 'x'.repeat(10_000) },
        })),
      },
      'tools',
    ],
  ])('refused: %s', async (_what, body, place) => {
    await una.declare('page');
    const refused = await una.call('/v1/graph/setup', body);
    expect(refused.status).toBe(422);
    expect(refused.body.error.details[0].loc).toContain(place);
    expect(remoteOf(await list(una))).toEqual(['clock', 'page']);
  });

  test('as many as may be are kept, in their order, and a name may be said for two nodes', async () => {
    const names = Array.from({ length: 64 }, (_, index) => `t${index}`);
    expect((await una.declare(...names)).status).toBe(200);
    expect(remoteOf(await list(una))).toEqual(['clock', ...names]);
    const both = [page, { ...page, node_name: 'elsewhere' }, { ...page, name: 'deep', parameters: deep(6) }];
    expect((await una.call('/v1/graph/setup', { tools: both })).status).toBe(200);
    // A model knows a tool by its name alone.
    expect((await una.converse('use page', 'both')).calls).toHaveLength(1);
    expect((await una.declare()).body.data.registered_tools).toEqual([]);
    expect(remoteOf(await list(una))).toEqual(['clock']);
  });
});

describe('a pattern that takes forever', () => {
  const server = serve({ agent });
  const anybody = createRemoteClient(() => server.url, '');

  test('is shown to the model and never tried', async () => {
    const parameters = { type: 'object', properties: { text: { type: 'string', pattern: '^use page (a+)+$' } } };
    await anybody.call('/v1/graph/setup', { tools: [{ ...page, parameters }] });
    const asked = await anybody.call('/v1/graph/invoke', say(`use page ${'a'.repeat(40)}`, 'pattern'));
    expect(callsIn(asked)).toHaveLength(1);
  });
});

describe('a file', () => {
  const file = (remote_tools: readonly object[]) => ({ agent, remote_tools });
  const toolsOf = async (url: string) => remoteOf(await createRemoteClient(() => url, '').call('/v1/graph/tools'));

  test('is read anew, and what it may not have changes nothing', async () => {
    const server = await startReloading({ 'agentflow.json': file([ofFile]) });
    expect(await toolsOf(server.url)).toEqual(['clock']);
    const two = file([ofFile, { ...ofFile, name: 'calendar' }]);
    expect(await server.reload({ 'agentflow.json': two })).toBe('in force');
    expect(await toolsOf(server.url)).toEqual(['clock', 'calendar']);
    expect(await server.reload({ 'agentflow.json': file([{ ...ofFile, name: 'look' }]) })).toBe('refused');
    expect(server.said(/the graph has a tool \\?"look/)).toBeGreaterThan(0);
    expect(await toolsOf(server.url)).toEqual(['clock', 'calendar']);
  });

  test('takes the name of what a caller has declared before', async () => {
    const server = await startReloading({ 'agentflow.json': file([]) });
    const anybody = createRemoteClient(() => server.url, '');
    await anybody.declare('clock', 'page');
    expect(await server.reload({ 'agentflow.json': file([{ ...ofFile, description: 'Of the file.' }]) })).toBe(
      'in force',
    );
    expect(await toolsOf(server.url)).toEqual(['clock', 'page']);
    expect((await anybody.call('/v1/graph/tools')).text).toContain('Of the file.');
  });
});

describe('a graph that cannot wait', () => {
  const server = serve({ agent: `${join(root, 'test/graphs/plain.ts')}:invoking` });
  const anybody = createRemoteClient(() => server.url, '');

  test('has no tools, and says so to whoever declares one', async () => {
    expect((await anybody.declare('page')).status).toBe(409);
    expect((await anybody.declare()).status).toBe(200);
    expect((await anybody.call('/v1/graph/tools')).body.data).toEqual({ node_count: 0, tool_count: 0, nodes: [] });
  });
});

describe('the graph of the guide', () => {
  const server = serve({ agent: exampleGraph });

  test('tells its tools', async () => {
    const { data } = (await createRemoteClient(() => server.url, '').call('/v1/graph/tools')).body;
    expect(data.tool_count).toBeGreaterThan(0);
    expect(data.nodes[0].tools[0]).toMatchObject({ source: 'local', parameters: { type: 'object' } });
  });
});

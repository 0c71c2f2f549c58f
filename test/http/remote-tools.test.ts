import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { describeOnDatabases } from '../harness/databases.js';
import { modelWithIds } from '../harness/models.js';
import { root } from '../harness/project.js';
import { answering, callsIn, createRemoteClient, toolResult } from '../harness/remote-client.js';
import { type Answer, lastText } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Tools that run in the client: the run pauses, the client answers, the run goes on. */

const traces = mkdtempSync(join(tmpdir(), 'agentflow-remote-tools-'));
afterAll(() => rmSync(traces, { recursive: true, force: true }));

const agent = (name: string) => `${join(root, 'test/graphs/remote-tools.ts')}:${name}`;
/** Everybody may declare tools, and nobody may repair a thread. */
const declaring = {
  auth: 'jwt',
  authorization: {
    method: 'roles',
    roles: { user: ['graph:invoke', 'graph:stream', 'graph:read', 'graph:setup', 'threads:*', 'run:read'] },
    default_role: 'user',
  },
};
const isCallId = expect.stringMatching(/^remote_[\da-f]{32}$/);
const messagesOf = ({ body }: Answer) => body.data.messages as readonly Readonly<Record<string, unknown>>[];

describeOnDatabases((createDatabase) => {
  describe.each(['app', 'mixed', 'nested', 'apart'])('the loop, in the graph %s', (name) => {
    const server = serve({ agent: agent(name), ...declaring }, { database: createDatabase });
    const clientOf = (subject: string) => createRemoteClient(() => server.url, server.tokenFor(subject));
    const una = clientOf('una');

    test('has as many rounds as there are turns with calls, and no call is told twice', async () => {
      await una.declare('page', 'title');
      const { calls, rounds, last } = await una.converse('use page then title then page', 'turns');
      expect([rounds, calls.map((one) => one.name)]).toEqual([3, ['page', 'title', 'page']]);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
      expect(calls[0]).toEqual({ id: isCallId, name: 'page', args: { text: 'use page then title then page' } });
      expect(lastText(last)).toBe('result of page | result of title | result of page');
      expect(last.body.data.meta).toMatchObject({ status: 'completed', interrupts: [] });
    });

    test('answers the calls of one turn together, beside tools of the graph', async () => {
      const { calls, rounds, last } = await una.converse('use page look title', 'together');
      expect([rounds, calls.map((one) => one.name).toSorted()]).toEqual([1, ['page', 'title']]);
      expect(lastText(last).split(' | ').toSorted()).toEqual(['result of page', 'result of title', 'seen']);
    });

    test('tells nothing again that was told in an earlier turn', async () => {
      const roles = async (text: string) => {
        const { last } = await una.converse(text, 'told once');
        return messagesOf(last).map(({ role }) => role);
      };
      await una.declare('page', 'title');
      const first = await roles('use look page');
      expect(first.at(-1)).toBe('assistant');
      expect(await roles('use look page')).toEqual(first);
      expect(await roles('hello')).toEqual(['user', 'assistant']);
    });

    test('tells a call again that is not answered, and one that is never', async () => {
      const first = await una.call('/v1/graph/invoke', {
        messages: [{ role: 'user', content: 'use page title' }],
        config: { thread_id: 'half' },
      });
      const [page, title] = callsIn(first);
      expect([page?.name, title?.name]).toEqual(['page', 'title']);
      const second = await una.answer('half', { [title?.id ?? '']: 'the title' });
      expect([second.status, callsIn(second)]).toEqual([200, [page]]);
      expect(second.body.data.meta.status).toBe('interrupted');
      const third = await una.answer('half', { [page?.id ?? '']: 'the page' });
      expect([callsIn(third), lastText(third)]).toEqual([[], 'the page | the title']);
    });

    test('is of one principal: of tools of one name each has their own, and none where they have none', async () => {
      const bob = clientOf('bob');
      expect(
        callsIn(await bob.call('/v1/graph/invoke', { messages: [{ role: 'user', content: 'use page' }] })),
      ).toEqual([]);
      await bob.declare('page');
      const both = await Promise.all([una.converse('use page', 'ours'), bob.converse('use page', 'ours')]);
      const [hers, his] = both.map(({ calls }) => calls);
      expect([hers?.length, his?.length, hers?.[0]?.id === his?.[0]?.id]).toEqual([1, 1, false]);
      await una.declare();
      expect((await una.converse('use page', 'none left')).calls).toEqual([]);
      expect((await bob.converse('use page', 'still there')).calls).toHaveLength(1);
      await una.declare('page', 'title');
    });
  });

  describe('remote tools in a node before the others', () => {
    const file = join(traces, randomUUID());
    const server = serve({ agent: agent('app'), ...declaring }, { database: createDatabase, env: { USES_FILE: file } });
    const una = createRemoteClient(() => server.url, server.tokenFor('una'));

    test('no tool of the graph runs twice', async () => {
      await una.declare('page');
      expect((await una.converse('use look page look', 'once')).rounds).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe('look\nlook\n');
    });

    test('gives each call an id of its own, where the model gives all turns the same', async () => {
      await una.declare('page', 'title');
      const { calls, rounds, last } = await una.converse('use page title then page title with same ids', 'same ids');
      expect([rounds, calls.length, new Set(calls.map(({ id }) => id)).size]).toEqual([2, 4, 4]);
      expect(last.body.data.meta.status).toBe('completed');
    });
  });

  describe('a client', () => {
    const server = serve({ agent: agent('app'), ...declaring }, { database: createDatabase });
    const una = createRemoteClient(() => server.url, server.tokenFor('una'));
    const begin = async (threadId: string, text = 'use page') => {
      await una.declare('page', 'title');
      const body = { messages: [{ role: 'user', content: text }], config: { thread_id: threadId } };
      return callsIn(await una.call('/v1/graph/invoke', body)).map(({ id }) => id);
    };

    test('may answer over a stream, which tells the call and that the run waits', async () => {
      const body = { messages: [{ role: 'user', content: 'use page' }], config: { thread_id: 'stream' } };
      const stream = async (sent: object) =>
        (await una.call('/v1/graph/stream', sent)).text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
      await una.declare('page', 'title');
      const chunks = await stream(body);
      const told = chunks.find(({ metadata }) => metadata.is_remote === true);
      const [block] = told.message.content;
      expect(told.message).toMatchObject({ role: 'tool', delta: false, metadata: { is_remote: true } });
      expect(block).toEqual({
        type: 'remote_tool_call',
        id: isCallId,
        name: 'page',
        args: { text: 'use page' },
        tool_type: 'remote',
      });
      expect(told.data).toEqual({
        status: 'tool_result',
        tool_name: 'page',
        args: { text: 'use page' },
        tool_call_id: block.id,
        node: 'tools',
      });
      expect(told).toMatchObject({
        event: 'message',
        thread_id: 'stream',
        metadata: { thread_id: 'stream', node: 'tools' },
      });
      expect(chunks.at(-1)).toMatchObject({ event: 'updates', data: { reason: 'interrupted', is_interrupted: true } });
      expect(chunks.at(-1).state.execution_meta).toMatchObject({
        status: 'interrupted_before',
        interrupt_reason: 'remote_tool_call',
      });
      const after = await stream(answering('stream', { [block.id]: 'the page' }));
      expect(after.filter(({ metadata }) => metadata.is_remote === true)).toEqual([]);
      expect(after.at(-1)).toMatchObject({ data: { reason: 'completed', is_interrupted: false } });
    });

    test('answers with any JSON, and with an error, which the model reads; under ids of ours', async () => {
      const [page = '', title = ''] = await begin('outputs', 'use page title');
      const messages = [
        toolResult(page, { words: [1, null] }),
        toolResult(title, 'no title', { is_error: true, status: 'failed' }),
      ];
      const answer = await una.call('/v1/graph/invoke', { messages, config: { thread_id: 'outputs' } });
      expect(lastText(answer)).toBe('{"words":[1,null]} | no title');
      const kept = messagesOf(await una.call('/v1/threads/outputs/messages'));
      const results = kept.filter(({ role }) => role === 'tool').map(({ content }) => (content as object[])[0]);
      expect(results).toEqual([
        expect.objectContaining({ output: '{"words":[1,null]}', is_error: false, status: 'completed' }),
        expect.objectContaining({ output: 'no title', is_error: true, status: 'failed' }),
      ]);
      const ids = kept.map((message) => message['message_id']);
      expect([new Set(ids).size, ids.includes('0')]).toEqual([ids.length, false]);
    });

    test('finds what waits in the state, and each round among the runs', async () => {
      const [id] = await begin('found');
      const { execution_meta: meta } = (await una.call('/v1/threads/found/state')).body.data.state;
      expect(meta.interrupt_data).toEqual({
        type: 'remote_tool_calls',
        calls: [{ id, name: 'page', args: { text: 'use page' }, node: 'tools' }],
      });
      expect(JSON.stringify(meta)).not.toContain('asked_of');
      await una.answer('found', { [id ?? '']: 'x' });
      const { runs } = (await una.call('/v1/runs?thread_id=found')).body;
      expect(runs.map(({ status, reason }: Record<string, unknown>) => [status, reason])).toEqual([
        ['completed', null],
        ['interrupted', 'remote_tool_call'],
      ]);
    });

    test('who says something else instead goes on, and the model reads that there is no result', async () => {
      const [id = ''] = await begin('instead', 'use look page');
      const body = { messages: [{ role: 'user', content: 'never mind' }], config: { thread_id: 'instead' } };
      const next = await una.call('/v1/graph/invoke', body);
      expect(next.body.data.meta.status).toBe('completed');
      const kept = messagesOf(await una.call('/v1/threads/instead/messages'));
      expect(kept.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'user', 'assistant']);
      const answers = kept.filter(({ role }) => role === 'tool').map(({ content }) => (content as object[])[0]);
      expect(answers).toEqual(
        Array(2).fill(expect.objectContaining({ is_error: true, output: expect.stringContaining('no result') })),
      );
      expect((await una.answer('instead', { [id]: 'too late' })).status).toBe(403);
      expect((await una.converse('use page', 'instead')).rounds).toBe(1);
    });

    test('what waits is lost to no other route', async () => {
      const [id = ''] = await begin('kept');
      const note = { role: 'user', content: 'a note' };
      const waits = async (path: string, body: object | undefined, method: string) => {
        const { status, body: told } = await una.call(`/v1/threads/kept/${path}`, body, method);
        expect([path, status, told.message]).toEqual([path, 409, expect.stringContaining(`page (${id})`)]);
      };
      await waits('messages', { messages: [note] }, 'POST');
      await waits('state', { state: { context: [note] } }, 'PUT');
      const [message] = messagesOf(await una.call('/v1/threads/kept/messages'));
      await waits(`messages/${String(message?.['message_id'])}`, undefined, 'DELETE');
      expect((await una.call('/v1/graph/invoke', { resume: 'x', config: { thread_id: 'kept' } })).status).toBe(409);
      expect(lastText(await una.answer('kept', { [id]: 'the page' }))).toBe('the page');
      expect((await una.call('/v1/threads/kept/messages', { messages: [note] })).status).toBe(200);
    });
  });

  describe('by whoever may', () => {
    const server = serve({ agent: agent('mixed') }, { database: createDatabase });
    const anybody = createRemoteClient(() => server.url, '');

    test('fix gives up what waits, and the thread goes on', async () => {
      await anybody.declare('page');
      const call = (path: string, body: object) => anybody.call(path, body);
      const said = { messages: [{ role: 'user', content: 'use page' }], config: { thread_id: 'fixed' } };
      const [waiting] = callsIn(await call('/v1/graph/invoke', said));
      const fixed = await call('/v1/graph/fix', { thread_id: 'fixed' });
      expect(fixed.body.data).toMatchObject({ success: true, removed_count: 1 });
      expect(fixed.body.data.state.execution_meta).toMatchObject({ status: 'completed', interrupt_data: null });
      expect((await anybody.answer('fixed', { [waiting?.id ?? '']: 'too late' })).status).toBe(409);
      expect((await anybody.converse('use page', 'fixed')).rounds).toBe(1);
    });
  });

  describe('beside a question of the graph', () => {
    const server = serve({ agent: agent('apart') }, { database: createDatabase });
    const anybody = createRemoteClient(() => server.url, '');

    test('each is answered in its own way, in any order, and what waits is told again', async () => {
      await anybody.declare('page');
      for (const [threadId, isPageFirst] of [
        ['page first', true],
        ['page last', false],
      ] as const) {
        const config = { thread_id: threadId };
        const messages = [{ role: 'user', content: 'use page confirm' }];
        const begun = await anybody.call('/v1/graph/invoke', { messages, config });
        const [page] = callsIn(begun);
        const resume = () => anybody.call('/v1/graph/invoke', { resume: 'yes', config });
        const answer = () => anybody.answer(threadId, { [page?.id ?? '']: 'the page' });
        const middle = isPageFirst ? await answer() : await resume();
        expect(callsIn(middle)).toEqual(isPageFirst ? [] : [page]);
        expect(middle.body.data.meta.interrupts).toHaveLength(1);
        const last = isPageFirst ? await resume() : await answer();
        expect(lastText(last)).toBe('the page | confirmed: yes');
      }
    });
  });

  describe('in the code of a node', () => {
    const server = serve({ agent: agent('direct') }, { database: createDatabase });
    const anybody = createRemoteClient(() => server.url, '');

    test('each use is a call of its own, also of the same thing, and beside a question of the graph', async () => {
      const tools = [
        { node_name: 'elsewhere', name: 'other', description: '' },
        { node_name: 'direct', name: 'page', description: '' },
      ];
      await anybody.call('/v1/graph/setup', { tools });
      const first = await anybody.call('/v1/graph/invoke', {
        messages: [{ role: 'user', content: 'go' }],
        config: { thread_id: 'd' },
      });
      const [one] = callsIn(first);
      const asked = await anybody.answer('d', { [one?.id ?? '']: '1' });
      expect([callsIn(asked), asked.body.data.meta.interrupt]).toEqual([[], 'and?']);
      const forged = { [one?.id ?? '']: { output: 'x', isError: false } };
      for (const resume of [forged, { [asked.body.data.meta.interrupts[0].id]: forged }]) {
        const refused = await anybody.call('/v1/graph/invoke', { resume, config: { thread_id: 'd' } });
        expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('send its result as a message')]);
      }
      const again = await anybody.call('/v1/graph/invoke', { resume: false, config: { thread_id: 'd' } });
      const [two] = callsIn(again);
      expect([two?.args, two?.id === one?.id]).toEqual([one?.args, false]);
      const last = await anybody.answer('d', { [two?.id ?? '']: '2' });
      expect(lastText(last)).toBe('["1",false,"2"]');
    });
  });
});

describe('a graph in CommonJS, whose LangGraph is another copy', () => {
  const server = serve({ agent: `${join(root, 'test/graphs/remote-tools-required.cjs')}:app` });
  const anybody = createRemoteClient(() => server.url, '');

  test('waits and goes on like any other', async () => {
    await anybody.declare('page', 'title');
    const { rounds, calls, last } = await anybody.converse('go', 'required');
    expect([rounds, calls.map(({ name }) => name), lastText(last)]).toEqual([
      1,
      ['page', 'title'],
      'result of page | result of title',
    ]);
  });
});

describe('rights on tools', () => {
  const policy = ['p, user, graph, *, *', 'p, user, tool, use, page', 'p, user, tool, use, look'].join('\n');
  const server = serve(
    {
      ...{ agent: agent('app'), auth: 'jwt', guard: ['tool'] },
      authorization: { method: 'casbin', model: 'model.conf', policy: 'policy.csv' },
    },
    { files: { 'model.conf': modelWithIds, 'policy.csv': `${policy}\n` } },
  );
  const una = createRemoteClient(() => server.url, server.tokenFor('una', { roles: ['user'] }));

  test('hold for remote tools: what may not be used is not asked of the client, and the model reads why', async () => {
    await una.declare('page', 'title');
    const first = await una.call('/v1/graph/invoke', {
      messages: [{ role: 'user', content: 'use title page look' }],
      config: { thread_id: 't' },
    });
    const calls = callsIn(first);
    expect(calls.map(({ name }) => name)).toEqual(['page']);
    const last = await una.answer('t', { [calls[0]?.id ?? '']: 'the page' });
    expect(lastText(last).split(' | ').toSorted()).toEqual(['You may not use this tool.', 'seen', 'the page']);
    const rows = await auditRowsOf(server.directory, first);
    expect(rows.filter(({ event }) => event === 'use-refused')).toEqual([
      expect.objectContaining({ resource: 'tool', action: 'use', resource_id: 'title', outcome: 'refused' }),
    ]);
  });
});

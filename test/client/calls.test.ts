import { AgentFlowClient, MediaRef, MemoryType, Message, NotSupportedError, type RouteKey } from '@agentflow/client';
import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { exampleGraph, root } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Every method that is one request, against a started server. */

const env = { MAX_REQUEST_SIZE: '50000' };

describeOnDatabases((database) => {
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization: 'ownership' }, { database, env });
  const clientOf = (subject: string) =>
    new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor(subject) });
  const hello = [Message.text_message('Who am I?')];

  test('ping needs no credential, and me says who asks', async () => {
    const stranger = new AgentFlowClient({ baseUrl: server.url });
    expect(await stranger.ping()).toMatchObject({ data: 'pong', metadata: { message: 'OK' } });
    await expect(stranger.me()).rejects.toMatchObject({ name: 'AuthenticationError', status: 401 });
    expect(await clientOf('alice').me()).toMatchObject({ subject: 'alice', user_id: 'alice' });
  });

  test('graph and graphStateSchema describe the graph', async () => {
    const { data } = await clientOf('alice').graph();
    expect(data.nodes.map(({ name }) => name)).toContain('__start__');
    expect(data.info).toMatchObject({ checkpointer: true, store: true });
    expect((await clientOf('alice').graphStateSchema()).data).toMatchObject({ type: 'object' });
  });

  test('threads: listed, read, changed, cleared, deleted', async () => {
    const client = clientOf('threads');
    await client.invoke(hello, { config: { thread_id: 't1' } });
    await client.invoke(hello, { config: { thread_id: 7 } });
    const { data } = await client.threads();
    expect(data.threads.map(({ thread_id: id }) => id).toSorted()).toEqual(['7', 't1']);
    expect((await client.threads('', 1, 5)).data.threads).toHaveLength(1);
    const part = await client.threads({ limit: 1 });
    expect(part.data.threads).toHaveLength(1);
    const rest = await client.threads({ limit: 1, cursor: part.data.next_cursor ?? '' });
    expect(rest.data.threads[0]?.thread_id).not.toBe(part.data.threads[0]?.thread_id);
    expect((await client.threads({ shared: true })).data.threads).toEqual([]);
    expect((await client.threadDetails('t1')).data.thread_data.thread.user_id).toBe('threads');

    const messages = (await client.threadMessages('t1')).data.messages;
    expect(messages[0]).toBeInstanceOf(Message);
    expect(messages.at(-1)?.text()).toContain('You are threads');
    expect((await client.threadMessages('t1', { search: 'You are', limit: 5 })).data.messages).toHaveLength(1);
    expect((await client.threadMessages('t1', 'You are', 0, 5)).data.messages).toHaveLength(1);

    const put = await client.addThreadMessages('t1', [
      Message.text_message('And then?'),
      { role: 'user', content: 'plain' },
    ]);
    expect(put.data).toEqual({ success: true, message: 'Messages put successfully', data: true });
    const added = (await client.threadMessages('t1')).data.messages.at(-1);
    const single = await client.singleMessage('t1', added?.message_id ?? '');
    expect([single.data instanceof Message, single.data.text()]).toEqual([true, 'plain']);
    expect((await client.deleteMessage('t1', added?.message_id ?? '')).data.success).toBe(true);
    await expect(client.singleMessage('t1', added?.message_id ?? '')).rejects.toMatchObject({ name: 'NotFoundError' });

    const said = { context: [{ role: 'user', content: 'by the state' }] };
    const updated = await client.updateThreadState('t1', {}, said);
    expect(updated.data.state.context.at(-1)?.text()).toBe('by the state');
    expect((await client.threadState('t1')).data.state?.context.at(-1)?.text()).toBe('by the state');
    expect((await client.clearThreadState('t1')).data.message).toBe('State cleared successfully');
    expect((await client.threadState('t1')).data.state).toBeNull();
    expect((await client.deleteThread('t1')).data).toEqual({
      ...{ success: true, message: 'Thread deleted successfully', data: true },
    });
    await expect(client.threadDetails('t1')).rejects.toMatchObject({ name: 'NotFoundError', code: 'NOT_FOUND' });
    expect((await clientOf('somebody-else').threads()).data.threads).toEqual([]);
  });

  test('a thread is shared and taken back', async () => {
    const owner = clientOf('owner');
    const guest = clientOf('guest');
    await owner.invoke(hello, { config: { thread_id: 'ours' } });
    const grant = await owner.shareThread('ours', { user: 'guest', access: 'read' });
    expect(await owner.grants('ours')).toMatchObject({
      thread_id: 'ours',
      grants: [{ user: 'guest', access: 'read' }],
    });
    expect((await guest.threads({ shared: true })).data.threads).toMatchObject([{ user_id: 'owner', access: 'read' }]);
    const { uuid } = await owner.grants('ours');
    expect((await guest.threadMessages(uuid)).data.messages.length).toBeGreaterThan(1);
    await expect(guest.invoke(hello, { config: { thread_id: uuid } })).rejects.toMatchObject({
      name: 'PermissionError',
    });
    expect(await owner.takeBackGrant('ours', grant.grant_id)).toMatchObject({ grant_id: grant.grant_id });
    await expect(guest.threadMessages(uuid)).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  test('memories: stored, found, changed, forgotten', async () => {
    const client = clientOf('memories');
    const stored = await client.storeMemory({
      ...{
        content: 'likes dark mode',
        memory_type: MemoryType.SEMANTIC,
        category: 'taste',
        metadata: { from: 'test' },
      },
    });
    const id = stored.data.memory_id;
    expect(stored.metadata.message).toBe('Memory stored successfully');
    expect((await client.getMemory(id)).data.memory).toMatchObject({
      content: 'likes dark mode',
      memory_type: 'semantic',
    });
    const found = await client.searchMemory({ query: 'dark mode', memory_type: 'semantic', filters: { from: 'test' } });
    expect(found.data.results.map((memory) => memory.id)).toEqual([id]);
    expect((await client.searchMemory({ query: 'dark mode' })).data.results).toEqual([]);
    expect((await client.updateMemory(id, 'likes light mode')).data.success).toBe(true);
    expect((await client.getMemory(id)).data.memory).toMatchObject({
      content: 'likes light mode',
      metadata: { from: 'test' },
    });
    expect((await client.listMemories()).data.memories).toHaveLength(1);
    expect((await client.listMemories({ memory_type: MemoryType.EPISODIC })).data.memories).toEqual([]);
    await client.storeMemory({ content: 'to be deleted' });
    expect((await client.forgetMemories({ category: 'taste' })).data).toMatchObject({
      success: true,
      data: { removed_count: 1 },
    });
    const [left] = (await client.listMemories({ limit: 5 })).data.memories;
    expect((await client.deleteMemory(left?.id ?? '')).data.success).toBe(true);
    await expect(client.getMemory(left?.id ?? '')).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  test('runs are listed and read', async () => {
    const client = clientOf('runner');
    const { meta } = await client.invoke(hello, { config: { thread_id: 'r' } });
    expect((await client.runs({ thread_id: 'r', status: 'completed' })).runs).toMatchObject([{ run_id: meta.run_id }]);
    expect((await client.runs({ status: 'error' })).runs).toEqual([]);
    expect(await client.run(meta.run_id)).toMatchObject({ run_id: meta.run_id, thread_id: 'r', status: 'completed' });
    await expect(clientOf('other').run(meta.run_id)).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  test('what is not allowed, not well said or too large has its class', async () => {
    const client = clientOf('alice');
    await client.invoke(hello, { config: { thread_id: 'mine' } });
    await expect(client.fixGraph('mine')).rejects.toMatchObject({ name: 'PermissionError', code: 'ACCESS_DENIED' });
    await expect(client.invoke([])).rejects.toMatchObject({
      ...{ name: 'ValidationError', status: 422, details: [{ loc: ['body', 'messages'] }] },
    });
    // Small enough to be on its way as a whole when the refusal comes.
    const large = Message.text_message('x'.repeat(60_000));
    await expect(client.invoke([large])).rejects.toMatchObject({ name: 'RequestTooLargeError', status: 413 });
    await expect(client.invoke(hello, { config: { thread_id: 'x'.repeat(300) } })).rejects.toMatchObject({
      status: 422,
    });
    await expect(client.stream(hello, { recursion_limit: 0 }).next()).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  test('request asks any route by its name', async () => {
    const client = clientOf('alice');
    expect(await client.request('GET /health')).toEqual({ status: 'ok' });
    await expect(client.request('GET /v1/policies', { query: { limit: 1 } })).rejects.toMatchObject({ status: 403 });
    await expect(client.request('GET /v1/nowhere' as RouteKey as 'GET /ping')).rejects.toMatchObject({ status: 404 });
  });
});

describe('a thread with a call that nobody will answer', () => {
  const server = serve({ agent: `${root}/test/graphs/asks.ts:app`, auth: 'jwt', authorization: 'insecure-allow-all' });

  test('fixGraph takes it out', async () => {
    const client = new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor('alice') });
    await client.invoke([Message.text_message('open call')], { config: { thread_id: 'broken' } });
    const { data } = await client.fixGraph('broken');
    expect(data).toMatchObject({ success: true, removed_count: 2 });
    expect(data.state?.context.map((message) => message.text())).toEqual(['open call']);
  });
});

describe('what needs no server', () => {
  test('realtime is not supported, and says so', () => {
    const client = new AgentFlowClient({ baseUrl: 'http://localhost' });
    expect(() => client.realtime()).toThrow(NotSupportedError);
  });

  test('wsStream without a WebSocket says what to give', () => {
    if ('WebSocket' in globalThis) return;
    const client = new AgentFlowClient({ baseUrl: 'http://localhost' });
    expect(() => client.wsStream([])).toThrow(/webSocketImpl/);
  });

  test('messages are made as AgentFlow programs make them', () => {
    expect(Message.text_message('hi').content).toEqual([{ type: 'text', text: 'hi', annotations: [] }]);
    expect(Message.withImage('look', 'https://x.example/a.png').content[1]).toMatchObject({
      ...{ type: 'image', media: { kind: 'url', url: 'https://x.example/a.png' } },
    });
    const kinds = ['image/png', 'audio/wav', 'video/mp4', 'application/pdf', undefined, 'imagery'];
    expect(kinds.map((kind) => Message.withFile('read', 'f1', kind).content[1]?.type)).toEqual([
      ...['image', 'audio', 'video', 'document', 'document', 'document'],
    ]);
    const media = new MediaRef('file_id', undefined, 'f1');
    expect(JSON.parse(JSON.stringify(media))).toEqual({ kind: 'file_id', file_id: 'f1' });
    const message = new Message('user', []);
    message.attach_media(media, 'audio');
    expect(message.content[0]).toMatchObject({ type: 'audio', media: { file_id: 'f1' } });
  });
});

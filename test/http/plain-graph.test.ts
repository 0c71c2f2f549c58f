import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Any object with `invoke`, and perhaps `stream`, is served like a graph: with threads, memories, runs and isolation. */

const graph = (name: string) => `${join(root, 'test/graphs/plain.ts')}:${name}`;

describe('invoke', () => {
  const server = serve({ agent: graph('invoking'), auth: 'jwt' });
  const token = server.tokenFor('alice');
  const call = (path: string, body?: object) => send(`${server.url}${path}`, { token, ...(body && { body }) });
  const ask = (text: string, thread?: string) => call('/v1/graph/invoke', say(text, thread));
  const textsOf = async (thread: string) =>
    (await call(`/v1/threads/${thread}/messages`)).body.data.messages.map(
      ({ role, content }: { role: string; content: { text: string }[] }) => `${role}: ${content[0]?.text}`,
    );

  test('a text is an answer, and the thread is what it is given', async () => {
    expect(lastText(await ask('text', 'counted'))).toBe('alice has said 1');
    expect(lastText(await ask('text', 'counted'))).toBe('alice has said 3');
    expect(await textsOf('counted')).toEqual([
      'user: text',
      'assistant: alice has said 1',
      'user: text',
      'assistant: alice has said 3',
    ]);
  });

  test.each([
    ['message', ['a message']],
    ['list', ['one', 'two']],
    ['all', ['after all']],
    ['fields', ['{"answer":42,"before":null}']],
    ['remember', ['noted']],
  ])('%s is one of the forms', async (form, expected) => {
    const { status, body } = await ask(form, `form-${form}`);
    expect(status).toBe(200);
    const said = body.data.messages.slice(1);
    expect(said.map(({ content }: { content: { text: string }[] }) => content[0]?.text)).toEqual(expected);
    expect(await textsOf(`form-${form}`)).toHaveLength(1 + expected.length);
  });

  test('fields of its own are kept in the state, and given back', async () => {
    await ask('all', 'moody');
    expect((await call('/v1/threads/moody/state')).body.data.state).toMatchObject({ mood: 'good' });
    expect(lastText(await ask('fields', 'moody'))).toBe('{"answer":42,"before":"good"}');
  });

  test('what it remembers is the caller’s', async () => {
    await ask('remember');
    const { memories } = (await call('/v1/store/memories/list', {})).body.data;
    expect(memories.map(({ content }: { content: string }) => content)).toContain('kept');
  });

  test.each(['nothing', 'no role', 'unknown'])('%s is a failed run; the question is kept', async (form) => {
    const thread = `failed-${form.replace(' ', '-')}`;
    expect((await ask(form, thread)).status).toBe(500);
    expect(await textsOf(thread)).toEqual([`user: ${form}`]);
    expect((await call(`/v1/runs?thread_id=${thread}`)).body.runs[0].status).toBe('error');
  });

  test('one that does not listen is stopped all the same', async () => {
    const running = ask('hang', 'deaf');
    while ((await call('/v1/runs?thread_id=deaf&status=running')).body.runs.length === 0);
    expect((await call('/v1/graph/stop', { thread_id: 'deaf' })).body.data.ok).toBe(true);
    expect((await running).body.data.meta.status).toBe('stopped');
    expect(lastText(await ask('text', 'deaf'))).toBe('alice has said 2');
  });

  test('it is described, and nothing of it is anybody else’s', async () => {
    const { nodes, info } = (await call('/v1/graph')).body.data;
    expect(nodes.map(({ name }: { name: string }) => name)).toEqual(['__start__', 'graph', '__end__']);
    expect(info).toMatchObject({ node_count: 3, edge_count: 2, store: true });
    await ask('text', 'mine');
    const bob = await send(`${server.url}/v1/threads/mine`, { token: server.tokenFor('bob') });
    expect(bob.status).toBe(404);
  });
});

describe('stream', () => {
  const server = serve({ agent: graph('streaming'), auth: 'jwt' });
  const token = server.tokenFor('alice');

  test('pieces are told as they come, and kept as one message', async () => {
    const body = say('one two three', 'streamed');
    const { text } = await send(`${server.url}/v1/graph/stream`, { token, body });
    const chunks = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const messages = chunks.flatMap(({ event, message }) => (event === 'message' ? [message] : []));
    const pieces = messages.filter(({ delta }) => delta);
    expect(pieces.map(({ content }) => content[0].text)).toEqual(['one ', 'two ', 'three ']);
    expect(new Set(pieces.map(({ message_id: id }) => id)).size).toBe(1);
    const kept = (await send(`${server.url}/v1/threads/streamed/messages`, { token })).body.data.messages;
    expect(kept.map(({ content }: { content: { text: string }[] }) => content[0]?.text)).toEqual([
      'one two three',
      'one two three ',
      'and that was all',
    ]);
    expect(chunks.at(-1).state).toMatchObject({ done: true });
  });
});

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { root } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

const agent = `${join(root, 'test/graphs/remembers.ts')}:app`;

/* Memories over HTTP (contract 1.6), and as the nodes of a graph see them: the same data, each principal's own. */

describeOnDatabases((createDatabase) => {
  const server = serve({ agent, auth: 'jwt' }, { database: createDatabase });

  /** Each test has a user of its own. */
  const as = (subject: string) => {
    const token = server.tokenFor(subject);
    const call = (path: string, body?: object, method?: string) =>
      send(`${server.url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
    const store = async (body: object) => (await call('/v1/store/memories', body)).body.data.memory_id as string;
    const list = async (body: object = {}) =>
      (await call('/v1/store/memories/list', body)).body.data.memories as { id: string; content: string }[];
    return { call, store, list };
  };

  test('a memory is stored, read, changed, found and forgotten', async () => {
    const { call, store, list } = as('alice');
    const stored = await call('/v1/store/memories', {
      content: 'Alice likes rye bread',
      memory_type: 'semantic',
      category: 'food',
      metadata: { certain: true, source: 'chat' },
      config: { thread_id: 'kitchen' },
      options: { user_id: 'bob', table: 'threads' },
    });
    expect(stored.status).toBe(200);
    expect(stored.body.metadata.message).toBe('Memory stored successfully');
    const id: string = stored.body.data.memory_id;
    const read = await call(`/v1/store/memories/${id}`, {});
    expect(read.body.data.memory).toMatchObject({
      id,
      content: 'Alice likes rye bread',
      score: null,
      memory_type: 'semantic',
      metadata: { certain: true, source: 'chat' },
      vector: null,
      user_id: 'alice',
      thread_id: 'kitchen',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    // Neither a body nor its type is needed.
    expect((await call(`/v1/store/memories/${id}`, undefined, 'POST')).status).toBe(200);

    const changed = await call(`/v1/store/memories/${id}`, { content: 'Alice likes spelt', metadata: { x: 1 } }, 'PUT');
    expect(changed.body.metadata.message).toBe('Memory updated successfully');
    const search = async (query: string, more: object = {}) =>
      (await call('/v1/store/search', { query, memory_type: '', category: '', score_threshold: 0, ...more })).body.data
        .results;
    expect(await search('rye')).toEqual([]);
    const [found] = await search('spelt');
    expect(found).toMatchObject({ id, content: 'Alice likes spelt', memory_type: 'semantic', metadata: { x: 1 } });
    expect(found.score).toBe(1);
    expect(await search('spelt and nothing else', { score_threshold: 0.3 })).toEqual([]);
    expect(await search('spelt and nothing else', { score_threshold: 0.25 })).toHaveLength(1);
    expect(await search('spelt', { filters: { x: 1 } })).toHaveLength(1);
    expect(await search('spelt', { filters: { x: '1' } })).toEqual([]);

    const other = await store({ content: { role: 'user', content: [{ type: 'text', text: 'Alice bakes' }] } });
    expect((await list()).map(({ id }) => id)).toEqual([other, id]);
    const deleted = await call(`/v1/store/memories/${id}`, undefined, 'DELETE');
    expect(deleted.body.metadata.message).toBe('Memory deleted successfully');
    expect((await call(`/v1/store/memories/${id}`, {})).status).toBe(404);
    expect((await call(`/v1/store/memories/${id}`, {}, 'PUT')).status).toBe(404);
    expect((await call(`/v1/store/memories/${id}`, {}, 'DELETE')).status).toBe(404);
    expect((await list()).map(({ content }) => content)).toEqual(['Alice bakes']);
  });

  test('list and forget are no ids; what is forgotten is what was meant', async () => {
    const { call, store, list } = as('carol');
    await store({ content: 'one', memory_type: 'semantic', metadata: { keep: false } });
    await store({ content: 'two', memory_type: 'semantic', metadata: { keep: true } });
    await store({ content: 'three', category: 'plans' });
    const forget = async (body: object) =>
      (await call('/v1/store/memories/forget', body)).body.data as { success: boolean; data: object };
    expect(await forget({ memory_type: 'semantic', filters: { keep: false } })).toEqual({
      success: true,
      data: { removed_count: 1 },
    });
    expect((await list()).map(({ content }) => content).toSorted()).toEqual(['three', 'two']);
    expect((await forget({ category: 'plans', memory_type: '' })).data).toEqual({ removed_count: 1 });
    expect((await forget({})).data).toEqual({ removed_count: 1 });
    expect(await list()).toEqual([]);
  });

  test('nodes and routes share them, each principal’s apart', async () => {
    const [dora, emil] = [as('dora'), as('emil')];
    const ask = async ({ call }: ReturnType<typeof as>, text: string) =>
      lastText(await call('/v1/graph/invoke', say(text)));
    await dora.call('/v1/graph/invoke', say('remember the oven is hot'));
    await dora.store({ content: 'the oven is new' });
    await emil.store({ content: 'the oven is cold' });
    expect(await ask(dora, 'oven')).toBe('the oven is hot | the oven is new');
    expect(await ask(emil, 'oven')).toBe('the oven is cold');
    const listed = await dora.list();
    expect(listed.map(({ content }) => content)).toEqual(['the oven is new', 'the oven is hot']);
    expect(listed[1]).toMatchObject({ namespace: ['facts', 'told'], key: 'the oven is hot', memory_type: 'custom' });
    // What a node left can be forgotten by a route, and the other way round.
    await dora.call(`/v1/store/memories/${listed[1]?.id}`, undefined, 'DELETE');
    expect(await ask(dora, 'oven')).toBe('the oven is new');
  });

  test('a list is paged by offset and by cursor', async () => {
    const { call, store } = as('frida');
    for (let index = 0; index < 5; index += 1) {
      await store({ content: `memory ${index}` });
      // The latest is listed first: of two of one millisecond, either.
      await sleep(2);
    }
    const page = async (body: object) => (await call('/v1/store/memories/list', body)).body.data;
    expect((await page({ limit: 2, offset: 2 })).memories.map(({ content }: { content: string }) => content)).toEqual([
      'memory 2',
      'memory 1',
    ]);
    const { next_cursor: cursor } = await page({ limit: 3 });
    const rest = await page({ limit: 3, cursor });
    expect(rest.memories.map(({ content }: { content: string }) => content)).toEqual(['memory 1', 'memory 0']);
    expect(rest.next_cursor).toBeNull();
    // However many are asked for, a part has a hundred at most, and says where it goes on.
    for (let index = 0; index < 100; index += 1) await store({ content: `more ${index}` });
    const whole = await page({ limit: 100_000 });
    expect(whole.memories).toHaveLength(100);
    expect((await page({ limit: 100_000, cursor: whole.next_cursor })).memories).toHaveLength(5);
  });

  describe('what cannot be kept or asked is 422', () => {
    test.each<[string, string, object]>([
      ['no content', '/v1/store/memories', {}],
      ['a content of a wrong type', '/v1/store/memories', { content: 7 }],
      ['an unknown type', '/v1/store/memories', { content: 'x', memory_type: 'vague' }],
      ['a NUL', '/v1/store/memories', { content: 'a\0b' }],
      ['half of a character', '/v1/store/memories', { content: 'x', metadata: { a: '\ud800' } }],
      ['no query', '/v1/store/search', {}],
      ['no results', '/v1/store/search', { query: 'x', limit: 0 }],
      ['no tokens', '/v1/store/search', { query: 'x', max_tokens: 0 }],
      ['an unknown strategy', '/v1/store/search', { query: 'x', retrieval_strategy: 'guess' }],
      ['an object as a filter', '/v1/store/search', { query: 'x', filters: { a: { $gt: 1 } } }],
      ['a quote in a filter', '/v1/store/search', { query: 'x', filters: { 'a"': 1 } }],
      ['a list without end', '/v1/store/memories/list', { limit: 0 }],
      ['a cursor of nowhere', '/v1/store/memories/list', { cursor: 'x' }],
      ['a filter that is none', '/v1/store/memories/forget', { filters: [] }],
    ])('%s', async (_what, path, body) => {
      const { call, list, store } = as('greta');
      await store({ content: 'stays' });
      const { status, body: answer } = await call(path, body);
      expect([status, answer.code]).toEqual([422, 'VALIDATION_ERROR']);
      expect((await list()).length).toBeGreaterThan(0);
    });
  });
});

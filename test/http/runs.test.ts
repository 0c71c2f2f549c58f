import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

const graph = (name: string) => `${join(root, 'test/graphs', name)}:app`;

describeOnDatabases((createDatabase) => {
  describe('runs', () => {
    const server = serve({ agent: graph('slow.ts'), auth: 'jwt' }, { database: createDatabase });
    const token = server.tokenFor('alice');
    const call = (path: string, body?: object) => send(`${server.url}${path}`, { token, ...(body && { body }) });
    const started = async (threadId: string) => {
      for (;;) {
        const { body } = await call(`/v1/runs?thread_id=${threadId}&status=running`);
        if (body.runs.length > 0) return body.runs[0];
      }
    };

    test('a run is a row, from its start to its end', async () => {
      const running = call('/v1/graph/invoke', say('2 steps of 300 ms', 'row'));
      const row = await started('row');
      expect(row).toMatchObject({ thread_id: 'row', status: 'running', reason: null, ended_at: null });
      const { meta } = (await running).body.data;
      expect(meta).toMatchObject({ run_id: row.run_id, status: 'completed', interrupt: null });
      const { status, body } = await call(`/v1/runs/${row.run_id}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ run_id: row.run_id, thread_id: 'row', status: 'completed', reason: null });
      expect(Date.parse(body.ended_at)).toBeGreaterThanOrEqual(Date.parse(body.started_at));
    });

    test('stop ends a run; what it did stays, and the thread goes on', async () => {
      const running = call('/v1/graph/invoke', say('50 steps of 100 ms', 'stopped'));
      const { run_id: runId } = await started('stopped');
      while ((await call('/v1/threads/stopped/messages')).body.data.messages.length < 3);
      const stop = await call('/v1/graph/stop', { thread_id: 'stopped' });
      expect(stop.body.data).toMatchObject({ ok: true, running: true, success: true, thread_id: 'stopped' });
      const answer = await running;
      expect(answer.status).toBe(200);
      expect(answer.body.data.meta).toMatchObject({ status: 'stopped', run_id: runId });
      expect((await call(`/v1/runs/${runId}`)).body).toMatchObject({
        status: 'stopped',
        reason: 'somebody asked for it to be stopped',
      });
      const kept = (await call('/v1/threads/stopped/messages')).body.data.messages.length;
      expect(kept).toBeGreaterThanOrEqual(3);
      expect(kept).toBeLessThan(40);
      const next = await call('/v1/graph/invoke', say('1 steps of 0 ms', 'stopped'));
      expect(next.body.data.meta.status).toBe('completed');
    });

    test('a stream that is stopped says so in its last chunk', async () => {
      const running = call('/v1/graph/stream', say('50 steps of 100 ms', 'stopped-stream'));
      await started('stopped-stream');
      while ((await call('/v1/threads/stopped-stream/messages')).body.data.messages.length < 2);
      expect((await call('/v1/graph/stop', { thread_id: 'stopped-stream' })).status).toBe(200);
      const chunks = (await running).text.trim().split('\n');
      expect(JSON.parse(chunks.at(-1) ?? '')).toMatchObject({
        event: 'updates',
        data: { status: 'graph_invoked', reason: 'stopped', is_interrupted: false },
      });
    });

    test('there is nothing to stop where nothing runs; without a thread it is 422', async () => {
      await call('/v1/graph/invoke', say('1 steps of 0 ms', 'idle'));
      const stop = await call('/v1/graph/stop', { thread_id: 'idle' });
      expect(stop.body.data).toMatchObject({ ok: false, running: false, reason: 'not-running', success: false });
      expect((await call('/v1/graph/stop', { thread_id: 'unused' })).status).toBe(404);
      expect((await call('/v1/graph/stop', {})).status).toBe(422);
      expect((await call('/v1/graph/stop', { thread_id: ' ' })).status).toBe(422);
    });

    test("nobody else can see or stop it; bob's own list is empty", async () => {
      const running = call('/v1/graph/invoke', say('6 steps of 100 ms', 'hers'));
      const { run_id: runId } = await started('hers');
      const bob = server.tokenFor('bob');
      const stop = await send(`${server.url}/v1/graph/stop`, { token: bob, body: { thread_id: 'hers' } });
      expect(stop.status).toBe(404);
      expect((await send(`${server.url}/v1/runs/${runId}`, { token: bob })).status).toBe(404);
      expect((await send(`${server.url}/v1/runs`, { token: bob })).body).toEqual({ runs: [], next_cursor: null });
      expect((await running).body.data.meta.status).toBe('completed');
    });

    test('cursors page through runs and threads without loss', async () => {
      const carol = server.tokenFor('carol');
      const ask = (path: string, body?: object) =>
        send(`${server.url}${path}`, { token: carol, ...(body && { body }) });
      for (let index = 0; index < 7; index += 1) await ask('/v1/graph/invoke', say('1 steps of 0 ms', `t${index}`));
      for (const list of ['runs', 'threads']) {
        const seen: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const { body } = await ask(`/v1/${list}?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
          const part = body.data ?? body;
          seen.push(...part[list].map(({ thread_id }: { thread_id: string }) => thread_id));
          cursor = part.next_cursor;
        }
        expect(seen).toEqual(['t6', 't5', 't4', 't3', 't2', 't1', 't0']);
      }
      for (const nonsense of ['x', 'MTIz', '%00', 'MTIzLicgb3IgMT0x']) {
        expect((await ask(`/v1/runs?cursor=${nonsense}`)).status).toBe(422);
      }
    });

    test('deleting a thread takes its runs along', async () => {
      const { run_id: runId } = (await call('/v1/graph/invoke', say('1 steps of 0 ms', 'gone'))).body.data.meta;
      await send(`${server.url}/v1/threads/gone`, { token, method: 'DELETE' });
      expect((await call(`/v1/runs/${runId}`)).status).toBe(404);
    });
  });

  describe('interrupts', () => {
    const server = serve({ agent: graph('asks.ts'), auth: 'jwt' }, { database: createDatabase });
    const token = server.tokenFor('alice');
    const call = (path: string, body?: object) => send(`${server.url}${path}`, { token, ...(body && { body }) });

    test.each([
      ['yes', 'yes'],
      ['false, which LangGraph alone would not take', false],
      ['null', null],
      ['nothing but zero', 0],
      ['an object', { approve: true }],
    ])('an interrupted run is resumed with %s', async (name, value) => {
      const thread = { thread_id: `resume ${name}` };
      const asked = await call('/v1/graph/invoke', say('bake', thread.thread_id));
      expect(asked.body.data.meta).toMatchObject({ status: 'interrupted', interrupt: { question: 'may I bake?' } });
      const { run_id: runId } = asked.body.data.meta;
      expect((await call(`/v1/runs/${runId}`)).body.status).toBe('interrupted');
      const answered = await call('/v1/graph/invoke', { resume: value, config: thread });
      expect(answered.status).toBe(200);
      expect(answered.body.data.meta.status).toBe('completed');
      expect(answered.body.data.messages.at(-1).content[0].text).toBe(`decided: ${JSON.stringify(value)}`);
    });

    test('only a thread that waits can be resumed, by its owner, and a refusal leaves no trace', async () => {
      const resume = (threadId: string, more: object = {}) =>
        call('/v1/graph/invoke', { resume: 'yes', config: { thread_id: threadId }, ...more });
      expect((await resume('never')).status).toBe(404);
      // A thread that has a next step because it has never run waits for nobody.
      await call('/v1/threads/noted/messages', { messages: [{ role: 'user', content: 'bake' }] });
      expect((await resume('noted')).status).toBe(409);
      expect((await call('/v1/threads/noted/state')).body.data.state.execution_meta.status).toBe('completed');
      expect((await call('/v1/threads/never')).status).toBe(404);
      await call('/v1/graph/invoke', say('bake', 'hers'));
      const bob = { token: server.tokenFor('bob') };
      const body = { resume: 'yes', config: { thread_id: 'hers' } };
      expect((await send(`${server.url}/v1/graph/invoke`, { ...bob, body })).status).toBe(404);
      expect((await resume('hers', { messages: [{ role: 'user', content: 'x' }] })).status).toBe(422);
      expect((await resume('hers')).body.data.meta.status).toBe('completed');
      expect((await resume('hers')).status).toBe(409);
    });

    test('fix is refused to whoever lacks graph:fix', async () => {
      await call('/v1/graph/invoke', say('open call', 'broken'));
      expect((await call('/v1/graph/fix', { thread_id: 'broken' })).status).toBe(403);
      expect((await call('/v1/threads/broken/messages')).body.data.messages).toHaveLength(3);
    });

    test('the schema of the state names its fields', async () => {
      const { status, body } = await call('/v1/graph:StateSchema');
      expect(status).toBe(200);
      expect(Object.keys(body.data.properties)).toEqual(['context', 'context_summary', 'execution_meta', 'decision']);
    });
  });

  describe('fix, by whoever may', () => {
    const server = serve({ agent: graph('asks.ts') }, { database: createDatabase });

    test('takes out calls that nobody answered, with the answers beside them', async () => {
      const call = (path: string, body?: object) => send(`${server.url}${path}`, { ...(body && { body }) });
      await call('/v1/graph/invoke', say('open call', 'broken'));
      const fixed = await call('/v1/graph/fix', { thread_id: 'broken' });
      expect(fixed.body.data).toMatchObject({ success: true, removed_count: 2 });
      const kept = (await call('/v1/threads/broken/messages')).body.data.messages;
      expect(kept.map(({ role }: { role: string }) => role)).toEqual(['user']);
      expect((await call('/v1/graph/fix', { thread_id: 'broken' })).body.data.removed_count).toBe(0);
      expect((await call('/v1/graph/fix', { thread_id: 'unused' })).status).toBe(404);
    });
  });
});

import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { exampleGraph, failingGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { serveSharing } from '../harness/sharing.js';

/* The runs of a thread, for whoever may read it (contract 1.3). */

describeOnDatabases((database) => {
  const { client, start, share } = serveSharing(database);
  const [alice, bob, carol] = [client('alice'), client('bob'), client('carol')];

  test('the latest run, or the one that is asked for', async () => {
    const { id } = await start(alice);
    const second = await alice('/v1/graph/invoke', say('Again', id));
    const { status, body } = await alice(`/v1/observability/${id}`);
    expect(status).toBe(200);
    const { run_ids: ids, run, ...rest } = body.data;
    expect(rest).toEqual({ thread_id: id, run_count: 2 });
    expect(ids[0]).toBe(second.body.data.meta.run_id);
    expect(run).toEqual({
      ...{ run_id: ids[0], thread_id: id, status: 'completed', duration_ms: expect.any(Number) },
      started_at: expect.stringMatching(/Z$/),
      finished_at: expect.stringMatching(/Z$/),
      ...{ spans: [], events: [], usage: null, llm_calls: 0, tool_calls: 0, iterations: 0 },
    });
    expect(Date.parse(run.finished_at) - Date.parse(run.started_at)).toBe(run.duration_ms);
    const first = await alice(`/v1/observability/${id}?run_id=${ids[1]}`);
    expect(first.body.data).toMatchObject({ run_count: 2, run_ids: ids, run: { run_id: ids[1] } });
  });

  test('of another thread, and of nobody, it is 404', async () => {
    const [one, another] = [await start(alice), await start(alice)];
    const of = async (id: string) => (await alice(`/v1/observability/${id}`)).body.data.run.run_id;
    expect((await alice(`/v1/observability/${one.id}?run_id=${await of(another.id)}`)).status).toBe(404);
    expect((await alice(`/v1/observability/${one.id}?run_id=none`)).status).toBe(404);
    expect((await bob(`/v1/observability/${one.id}`)).status).toBe(404);
    expect((await bob(`/v1/observability/none`)).status).toBe(404);
  });

  test('a thread without a run has none', async () => {
    await alice('/v1/threads/quiet/messages', { messages: [{ role: 'user', content: 'Hello' }] });
    expect((await alice('/v1/observability/quiet')).body.data).toEqual({
      ...{ thread_id: 'quiet', run_count: 0, run_ids: [], run: null },
    });
  });

  test('a reader of a shared thread sees whatever has run there, under the name that they have for it', async () => {
    const { id } = await start(alice);
    const shared = await share(alice, id, { user: 'bob', access: 'write' });
    const his = await bob('/v1/graph/invoke', say('From Bob', shared.uuid));
    const toAlice = (await alice(`/v1/observability/${id}`)).body.data;
    expect(toAlice.run_count).toBe(2);
    expect(toAlice.run).toMatchObject({ run_id: his.body.data.meta.run_id, thread_id: id });
    const toBob = await bob(`/v1/observability/${shared.uuid}`);
    expect(toBob.body.data).toEqual({
      ...toAlice,
      thread_id: shared.uuid,
      run: { ...toAlice.run, thread_id: shared.uuid },
    });
    expect(toBob.text).not.toContain(`"${id}"`);
    expect((await carol(`/v1/observability/${shared.uuid}`)).status).toBe(404);
    await shared.takeBack();
    expect((await bob(`/v1/observability/${shared.uuid}`)).status).toBe(404);
  });
});

describe('how a run went', () => {
  const failing = serve({ agent: failingGraph, auth: 'jwt' });

  test('one that failed is told as failed, without the reason', async () => {
    const token = failing.tokenFor('alice');
    expect((await send(`${failing.url}/v1/graph/invoke`, { token, body: say('Hello', 'bad') })).status).toBe(500);
    const { body } = await send(`${failing.url}/v1/observability/bad`, { token });
    expect(body.data.run).toMatchObject({ status: 'error' });
    expect(body.data.run).not.toHaveProperty('reason');
  });
});

describe('who may', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' });

  test('graph:read is asked for, before anything is looked for', async () => {
    const narrow = server.tokenFor('alice', { scope: 'graph:invoke' });
    expect((await send(`${server.url}/v1/graph/invoke`, { token: narrow, body: say('Hello', 'seen') })).status).toBe(
      200,
    );
    for (const id of ['seen', 'none']) {
      const { status, body } = await send(`${server.url}/v1/observability/${id}`, { token: narrow });
      expect([status, body.message]).toEqual([403, 'Forbidden: this needs the permission graph:read.']);
    }
    expect((await send(`${server.url}/v1/observability/seen`)).status).toBe(401);
    const token = server.tokenFor('alice', { scope: 'graph:read' });
    expect((await send(`${server.url}/v1/observability/seen`, { token })).status).toBe(200);
  });

  test('what AgentFlow keeps of evaluations is not here, and says so as every other address does', async () => {
    for (const path of ['/v1/evals/runs', '/v1/evals/runs/1']) {
      const { status, body } = await send(`${server.url}${path}`, { token: server.tokenFor('alice') });
      expect(status).toBe(404);
      expect(body).toMatchObject({
        code: 'NOT_FOUND',
        error: { code: 'NOT_FOUND' },
        metadata: { message: body.message },
      });
      expect((await send(`${server.url}${path}`)).status).toBe(401);
    }
  });
});

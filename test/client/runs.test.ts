import { AgentFlowClient, bearerAuth, Message, type StreamChunk, type StreamEnd } from '@agentflow/client';
import { describe, expect, test } from 'vitest';
import { exampleGraph, root } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Runs of a started server, as a program asks for them. */

const asks = `${root}/test/graphs/asks.ts:app`;
const slow = `${root}/test/graphs/slow.ts:app`;
const fails = `${root}/test/graphs/fails.ts:app`;

async function readAll(stream: AsyncIterable<StreamChunk> & { readonly ended: Promise<StreamEnd> }) {
  const chunks: StreamChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, end: await stream.ended };
}

describe('a graph that answers', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' });
  const clientOf = (subject: string) =>
    new AgentFlowClient({ baseUrl: server.url, auth: bearerAuth(server.tokenFor(subject)) });

  test('invoke resolves with what the run has come to, its messages being messages', async () => {
    const client = clientOf('alice');
    const partial: number[] = [];
    const result = await client.invoke([Message.text_message('Who am I?')], {
      config: { thread_id: 'one' },
      onPartialResult: ({ iteration, is_final }) => {
        partial.push(iteration);
        expect(is_final).toBe(true);
      },
    });
    expect(result.messages.at(-1)).toBeInstanceOf(Message);
    expect(result.messages.at(-1)?.text()).toContain('You are alice');
    expect(result.state?.context.at(-1)?.text()).toContain('You are alice');
    expect(result).toMatchObject({
      ...{ iterations: 1, recursion_limit_reached: false },
      meta: { thread_id: 'one', is_new_thread: true, status: 'completed' },
    });
    expect(partial).toEqual([1]);
  });

  test("the guide's invokeGraph takes a plain text", async () => {
    const result = await clientOf('alice').invokeGraph({
      messages: [{ role: 'user', content: 'Who am I?' }],
      config: { thread_id: 'test-1' },
    });
    expect(result.messages.at(-1)?.text()).toContain('You are alice');
  });

  test.each(['ndjson', 'sse'] as const)('a stream tells its chunks and why it has ended (%s)', async (framing) => {
    const stream = clientOf('bob').stream([Message.text_message('Who am I?')], { framing });
    const { chunks, end } = await readAll(stream);
    expect(
      chunks
        .filter(({ event }) => event === 'message')
        .at(-1)
        ?.message?.text(),
    ).toContain('You are bob');
    expect(chunks.at(-1)?.data).toMatchObject({ status: 'graph_invoked' });
    expect(end).toMatchObject({ reason: 'completed', rounds: 1 });
    expect(end.threadId).toBe(chunks[0]?.thread_id);
    expect(end.runId).toBe(chunks[0]?.run_id);
  });

  test('a reader that leaves is told so, and no chunk after it', async () => {
    const stream = clientOf('bob').stream([Message.text_message('Who am I?')]);
    for await (const _first of stream) break;
    expect((await stream.ended).reason).toBe('aborted');
    expect((await stream.next()).done).toBe(true);
  });
});

describe('a graph that asks', () => {
  const server = serve({ agent: asks, auth: 'jwt' });

  test('an interrupted run says what it asks for, and goes on with the answer', async () => {
    const client = new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor('alice') });
    const config = { thread_id: 'ask' };
    const { end } = await readAll(client.stream([Message.text_message('go')], { config }));
    expect(end).toMatchObject({ reason: 'interrupted', interrupt: expect.anything(), recursionLimitReached: false });
    const resumed = await client.invoke([], { config, resume: { yes: true } });
    expect(resumed.messages.at(-1)?.text()).toBe('decided: {"yes":true}');
    await expect(client.invoke([], { config, resume: 1 })).rejects.toMatchObject({
      name: 'ConflictError',
      status: 409,
    });
  });
});

describe('a graph that takes its time', () => {
  const server = serve({ agent: slow, auth: 'jwt' });
  const client = () => new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor('alice') });

  test('stopGraph ends a stream as stopped', async () => {
    const config = { thread_id: 'stop' };
    const stream = client().stream([Message.text_message('20 steps of 200 ms')], { config });
    let steps = 0;
    for await (const { message } of stream) {
      if (message?.role !== 'assistant') continue;
      steps += 1;
      if (steps === 1) expect((await client().stopGraph('stop')).data).toMatchObject({ ok: true, running: true });
    }
    expect(steps).toBeLessThan(20);
    expect(await stream.ended).toMatchObject({ reason: 'stopped', threadId: 'stop' });
    expect((await client().stopGraph('stop')).data).toMatchObject({ ok: false, reason: 'not-running' });
  });

  test('abort ends a stream while somebody waits for its next chunk, and the run with it', async () => {
    const config = { thread_id: 'abort' };
    const stream = client().stream([Message.text_message('2 steps of 60000 ms')], { config });
    await stream.next();
    const waiting = stream.next();
    stream.abort('enough');
    await expect(waiting).rejects.toMatchObject({ name: 'AbortedError', cause: 'enough' });
    expect(await stream.ended).toMatchObject({ reason: 'aborted', threadId: 'abort' });
    await expect.poll(() => client().stopGraph('abort')).toMatchObject({ data: { running: false } });
  });

  test('leaving the loop ends the run too', async () => {
    const stream = client().stream([Message.text_message('2 steps of 60000 ms')], { config: { thread_id: 'leave' } });
    for await (const _first of stream) break;
    await expect.poll(() => client().stopGraph('leave')).toMatchObject({ data: { running: false } });
  });

  test('a signal and a timeout end a call that is not answered', async () => {
    const controller = new AbortController();
    const options = { signal: controller.signal, config: { thread_id: 'signal' } };
    const running = client().invoke([Message.text_message('1 steps of 60000 ms')], options);
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortedError', code: 'ABORTED' });
    const timed = client().invoke([Message.text_message('1 steps of 60000 ms')], { timeout: 200 });
    await expect(timed).rejects.toMatchObject({ name: 'TimeoutError', message: 'Request timeout after 200ms' });
  });

  test('a stream that is silent for too long ends with a timeout', async () => {
    const stream = client().stream([Message.text_message('1 steps of 60000 ms')], { idleTimeout: 300 });
    await stream.next();
    await expect(stream.next()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await stream.ended).toMatchObject({ reason: 'error', error: { code: 'TIMEOUT' } });
  });
});

describe('a graph that fails', () => {
  const server = serve({ agent: fails, auth: 'jwt' });

  test('invoke throws, and a stream tells an error chunk and its class', async () => {
    const client = new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor('alice') });
    const message = Message.text_message('Hello');
    await expect(client.invoke([message])).rejects.toMatchObject({ name: 'ServerError', code: 'INTERNAL' });
    const { chunks, end } = await readAll(client.stream([message]));
    expect(chunks.at(-1)?.event).toBe('error');
    expect(end).toMatchObject({ reason: 'error', error: { name: 'ServerError', code: 'INTERNAL', status: 500 } });
  });
});

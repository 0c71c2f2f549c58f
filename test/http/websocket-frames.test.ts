import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { bearer, isDone, isError, type OpenedSocket, openSocket, sayFrame } from '../harness/sockets.js';

/* Contract 1.4: the frames of `/v1/graph/ws`. */

const graphs = (name: string) => `${join(root, 'test/graphs', name)}:app`;
const env = { MAX_REQUEST_SIZE: '20000' };
const slow = serve({ agent: graphs('slow.ts'), auth: 'jwt' }, { env });
const asks = serve(
  {
    agent: graphs('asks.ts'),
    auth: 'jwt',
    authorization: { method: 'roles', roles: { user: ['graph:stream'] }, default_role: 'user' },
  },
  {},
);

const open = (server = slow, subject = 'alice') => openSocket(server.url, bearer(server.tokenFor(subject)));
const nulls = { message: null, state: null, thread_id: null, run_id: null };
const done = { event: 'updates', data: { status: 'done' }, ...nulls, metadata: null, timestamp: null };

/** Nothing has gone wrong on it: another run is answered. */
async function expectOpen(socket: OpenedSocket): Promise<void> {
  const frames = await socket.run(sayFrame('bread: 1 steps of 0 ms'));
  expect(frames.filter(isError)).toEqual([]);
  expect(frames.at(-1)).toEqual(done);
}

test('run after run on one socket, in the order of a stream, each ended by "done"', async () => {
  const socket = await open();
  const first = await socket.run(sayFrame('bread: 2 steps of 0 ms', 'socket-1'));
  expect(first.map(({ event, data }) => data.status ?? event)).toEqual([
    ...['message', 'message', 'message', 'graph_invoked', 'done'],
  ]);
  expect(first.at(-1)).toEqual(done);
  expect(first[0]).toMatchObject({
    thread_id: 'socket-1',
    metadata: { is_new_thread: true, status: 'invoking_graph' },
  });
  const second = await socket.run(sayFrame('more: 1 steps of 0 ms', 'socket-1', { response_granularity: 'full' }));
  expect(second[0]).toMatchObject({ metadata: { is_new_thread: false } });
  expect(second.some(({ data }) => data.status === 'node_invoked')).toBe(true);
  expect(new Set([...first, ...second].map(({ run_id }) => run_id)).size).toBe(3);
  expect(await socket.close()).toEqual({ code: 1000, reason: '' });
});

test('without "invoke_type" it is "fresh", and a fresh thread without a thread id', async () => {
  const socket = await open();
  const { invoke_type: _fresh, ...frame } = sayFrame('bread') as Record<string, unknown>;
  const [first] = await socket.run({
    ...frame,
    type: null,
    tool_result: null,
    resume: null,
    nobody_knows: { this: 1 },
  });
  expect(first.thread_id).toMatch(/^[\da-f-]{36}$/);
  const state = await send(`${slow.url}/v1/threads/${first.thread_id}/state`, { token: slow.tokenFor('alice') });
  expect(state.status).toBe(200);
  await socket.close();
});

test('an interrupted run goes on with an answer; one that is not interrupted does not', async () => {
  const socket = await open(asks);
  const asked = await socket.run(sayFrame('leave', 'asks-1'));
  expect(asked.at(-2)).toMatchObject({ data: { is_interrupted: true, interrupt: { question: 'may I leave?' } } });
  const config = { thread_id: 'asks-1' };
  const answered = await socket.run({ invoke_type: 'resume', resume: false, config });
  expect(JSON.stringify(answered)).toContain('decided: false');
  const again = await socket.run({ invoke_type: 'resume', resume: true, config });
  expect(again).toMatchObject([{ event: 'error', data: { code: 'CONFLICT', status: 409 } }, done]);
  await socket.close();
});

test('"resume" with the results of tools that are open; a result that nobody waits for is refused', async () => {
  const socket = await open(asks);
  await socket.run(sayFrame('open call', 'asks-2'));
  const result = (call_id: string) => ({
    ...{ invoke_type: 'resume', config: { thread_id: 'asks-2' }, messages: [{ role: 'assistant', content: 'forged' }] },
    tool_result: [{ role: 'tool', message_id: '0', content: [{ type: 'tool_result', call_id, output: 'seen too' }] }],
  });
  const forged = await socket.run(result('answered'));
  expect(forged[0]).toMatchObject({ event: 'error' });
  const answered = await socket.run(result('open'));
  expect(answered.filter(isError)).toEqual([]);
  expect(answered[0]).toMatchObject({ event: 'message', message: { role: 'tool' } });
  expect(JSON.stringify(answered)).not.toContain('forged');
  await socket.close();
});

test.each<readonly [string, unknown, string]>([
  ['no JSON', 'Hello', 'BAD_REQUEST'],
  ['a list', '[]', 'BAD_REQUEST'],
  ['a member that stands twice', '{"type":"stop","type":"stop"}', 'BAD_REQUEST'],
  ['a prototype', '{"__proto__":{"type":"stop"}}', 'BAD_REQUEST'],
  ['no message', { invoke_type: 'fresh', messages: [] }, 'VALIDATION_ERROR'],
  ['no messages', {}, 'VALIDATION_ERROR'],
  ['an unknown kind', { type: 'subscribe' }, 'VALIDATION_ERROR'],
  ['an unknown invoke_type', sayFrame('bread', 'x', { invoke_type: 'again' }), 'VALIDATION_ERROR'],
  ['an answer to nothing', sayFrame('bread', 'x', { resume: true }), 'VALIDATION_ERROR'],
  ['nothing to go on with', { invoke_type: 'resume', config: { thread_id: 'x' } }, 'VALIDATION_ERROR'],
  ['no tool result', { invoke_type: 'resume', tool_result: [], config: { thread_id: 'x' } }, 'VALIDATION_ERROR'],
  ['no thread to go on with', { invoke_type: 'resume', resume: 1 }, 'VALIDATION_ERROR'],
  ['a limit beyond all', sayFrame('bread', 'x', { recursion_limit: 1000 }), 'VALIDATION_ERROR'],
  ['a thread id that is none', sayFrame('bread', 'x', { config: { thread_id: {} } }), 'VALIDATION_ERROR'],
  ['two thread ids', sayFrame('bread', 'x', { thread_id: 'y' }), 'BAD_REQUEST'],
  [
    'two thread ids in one config',
    sayFrame('bread', 'x', { config: { thread_id: 'x', configurable: { thread_id: 'y' } } }),
    'BAD_REQUEST',
  ],
  ['a token with spaces', { type: 'authenticate', token: 'a b' }, 'VALIDATION_ERROR'],
  ['a token and a ticket', { type: 'authenticate', token: 'a', ticket: 'b' }, 'VALIDATION_ERROR'],
  ['no credential', { type: 'authenticate' }, 'VALIDATION_ERROR'],
])('%s is a bad frame: the socket stays open', async (_what, frame, code) => {
  const socket = await open();
  socket.send(frame);
  const error = await socket.find(isError);
  expect(error).toMatchObject({ ...nulls, data: { code, status: code === 'BAD_REQUEST' ? 400 : 422 } });
  expect(error.data.reason).toMatch(/^Invalid request: /);
  expect(error.data.problem).toMatchObject({ code, error: { code }, metadata: { request_id: error.data.request_id } });
  expect(socket.frames).toHaveLength(1);
  await expectOpen(socket);
  await socket.close();
});

test('many frames in a row that nobody can understand end the socket; as many with good ones between do not', async () => {
  const socket = await open();
  for (let index = 0; index < 30; index += 1) {
    const from = socket.frames.length;
    socket.send('{');
    await socket.find(isError, from);
    if (index % 10 === 9) await expectOpen(socket);
  }
  const other = await open();
  for (let index = 0; index < 100; index += 1) other.send('{');
  expect((await other.closed).code).toBe(1008);
  expect(other.frames.filter(isError).length).toBeLessThan(20);
  await socket.close();
});

test('a frame that is no text is not understood: 1003', async () => {
  const socket = await open();
  socket.socket.send(Buffer.from('{}'));
  expect((await socket.closed).code).toBe(1003);
});

test('a frame as large as a body may be is read; a larger one is 1009', async () => {
  const socket = await open();
  await expect(socket.run(sayFrame(`bread ${'x'.repeat(19_000)}`))).resolves.toContainEqual(done);
  socket.send(sayFrame('x'.repeat(20_001)));
  expect((await socket.closed).code).toBe(1009);
});

test('one run at a time: a second one is refused, and the first goes on', async () => {
  const socket = await open();
  socket.send(sayFrame('bread: 5 steps of 50 ms', 'busy'));
  await socket.find(({ event }) => event === 'message');
  socket.send(sayFrame('milk', 'idle'));
  expect(await socket.find(isError)).toMatchObject({ data: { code: 'CONFLICT', status: 409 }, run_id: null });
  await socket.find(isDone);
  expect(socket.frames.filter(isDone)).toHaveLength(1);
  expect(socket.frames.find(({ data }) => data.status === 'graph_invoked')?.data.reason).toBe('completed');
  const idle = await send(`${slow.url}/v1/threads/idle`, { token: slow.tokenFor('alice') });
  expect(idle.status).toBe(404);
  await expectOpen(socket);
  await socket.close();
});

test('"stop" ends the run with what it has done; without a run there is nothing to stop', async () => {
  const socket = await open();
  socket.send({ type: 'stop' });
  expect(await socket.find(isError)).toMatchObject({ data: { code: 'CONFLICT' } });
  const from = socket.frames.length;
  socket.send(sayFrame('bread: 100 steps of 100 ms', 'stopped', { recursion_limit: 100 }));
  await socket.find(({ message }) => message?.role === 'assistant', from);
  socket.send({ type: 'stop' });
  await socket.find(isDone, from);
  const frames = socket.frames.slice(from);
  expect(frames.filter(isError)).toEqual([]);
  expect(frames.at(-2)).toMatchObject({ data: { status: 'graph_invoked', reason: 'stopped' } });
  await expectOpen(socket);
  await socket.close();
});

test('a run that waits for its thread can be taken back, and begins nothing', async () => {
  const socket = await open();
  const other = await open();
  socket.send(sayFrame('bread: 20 steps of 50 ms', 'queue'));
  await socket.find(({ message }) => message?.role === 'assistant');
  other.send(sayFrame('milk', 'queue'));
  other.send({ type: 'stop' });
  await other.find(isDone);
  expect(other.frames).toMatchObject([{ event: 'error', data: { code: 'CONFLICT' } }, done]);
  await socket.find(isDone);
  expect(JSON.stringify(socket.frames)).not.toContain('milk');
  await expectOpen(other);
  await Promise.all([socket.close(), other.close()]);
});

test('whoever leaves ends the run, unless the frame asks that it goes on', async () => {
  const token = slow.tokenFor('alice');
  const statusOf = async (runId: string) => (await send(`${slow.url}/v1/runs/${runId}`, { token })).body.status;
  const leave = async (more: object) => {
    const socket = await open();
    socket.send(sayFrame('bread: 8 steps of 100 ms', crypto.randomUUID(), more));
    const { run_id: runId } = await socket.find(({ message }) => message?.role === 'assistant');
    socket.socket.terminate();
    await expect.poll(() => statusOf(runId), { timeout: 10_000 }).not.toBe('running');
    return statusOf(runId);
  };
  expect(await leave({})).toBe('stopped');
  expect(await leave({ on_disconnect: 'continue' })).toBe('completed');
});

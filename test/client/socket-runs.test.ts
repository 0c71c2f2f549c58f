import { AgentFlowClient, type AgentFlowClientOptions, Message, type StreamChunk } from '@agentflow/client';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type SocketTurn, serveSockets } from '../harness/scripted-socket.js';

/* The frames of a socket, and how it is authenticated, against a server that sends what each test wants. */

const server = serveSockets();
const hello = [Message.text_message('Hello')];
const make = (options: Partial<AgentFlowClientOptions> = {}) =>
  new AgentFlowClient({ baseUrl: server.url, webSocketImpl: WebSocket, authToken: 'good', ...options });

const ids = { thread_id: 'given', run_id: 'r1', metadata: { thread_id: 'given' } };
const spoken = (text: string) => ({
  event: 'message',
  message: { role: 'assistant', content: [{ type: 'text', text }] },
  ...ids,
});
const final = (reason = 'completed') => ({
  ...{ data: { status: 'graph_invoked', reason, is_interrupted: reason === 'interrupted' }, ...ids },
});
const done = { data: { status: 'done' } };

/** One whole run. */
const runOnce = ({ tell }: SocketTurn) => [spoken('Hi'), final(), done].forEach(tell);

async function readAll(stream: AsyncIterable<StreamChunk>): Promise<string[]> {
  const read: string[] = [];
  for await (const { event, message, data } of stream)
    read.push(message?.text() ?? `${event}:${(data['code'] ?? data['status']) as string}`);
  return read;
}

describe('frames', () => {
  test('a run is asked for as fresh, told up to done, and closed', async () => {
    server.script(runOnce);
    const stream = make().wsStream(hello, { config: { a: 1 }, initial_state: { b: 2 }, on_disconnect: 'continue' });
    expect(await readAll(stream)).toEqual(['Hi', 'updates:graph_invoked']);
    expect(await stream.ended).toEqual({ reason: 'completed', threadId: 'given', runId: 'r1', rounds: 1 });
    expect(server.frames).toEqual([
      {
        ...{
          invoke_type: 'fresh',
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello', annotations: [] }] }],
        },
        ...{ config: { a: 1 }, initial_state: { b: 2 }, recursion_limit: 25, response_granularity: 'low' },
        on_disconnect: 'continue',
      },
    ]);
    await expect.poll(() => server.isOpen).toBe(false);
  });

  test('an answer to an interrupt goes as resume', async () => {
    server.script(runOnce);
    await readAll(make().wsStream([], { resume: { yes: true }, config: { thread_id: 't' } }));
    expect(server.frames[0]).toMatchObject({
      invoke_type: 'resume',
      resume: { yes: true },
      config: { thread_id: 't' },
    });
    expect(server.frames[0]).not.toHaveProperty('messages');
  });

  test('tools are answered on the same socket, on the thread that it learned of', async () => {
    const call = { type: 'remote_tool_call', id: 'c1', name: 'double', args: { n: 4 }, tool_type: 'remote' };
    server.script((turn) => {
      if (turn.index > 0) return runOnce(turn);
      const message = { role: 'tool', content: [call], metadata: { is_remote: true } };
      return [{ event: 'message', message, ...ids }, final('interrupted'), done].forEach(turn.tell);
    });
    const client = make();
    client.registerTool<{ n: number }>({ node: 'agent', name: 'double', handler: ({ n }) => n * 2 });
    const stream = client.wsStream(hello, { initial_state: { once: 1 } });
    expect(await readAll(stream)).toEqual(['', 'updates:graph_invoked', 'Hi', 'updates:graph_invoked']);
    expect(await stream.ended).toMatchObject({ reason: 'completed', rounds: 2 });
    expect(server.upgrades).toHaveLength(1);
    const result = { type: 'tool_result', call_id: 'c1', output: 8, status: 'completed', is_error: false };
    expect(server.frames[1]).toEqual({
      ...{ invoke_type: 'resume', tool_result: [{ role: 'tool', content: [result] }] },
      ...{ config: { thread_id: 'given' }, recursion_limit: 25, response_granularity: 'low' },
    });
  });

  test('stop asks for the end of the run, which tells itself', async () => {
    server.script(({ frame, tell }) => {
      if (frame['type'] === 'stop') [final('stopped'), done].forEach(tell);
      else tell(spoken('1'));
    });
    const stream = make().wsStream(hello);
    await stream.next();
    stream.stop();
    expect(await readAll(stream)).toEqual(['updates:graph_invoked']);
    expect((await stream.ended).reason).toBe('stopped');
  });

  test('an error frame ends it, with its class', async () => {
    const data = { reason: 'no', code: 'ACCESS_DENIED', status: 403, request_id: 'q' };
    server.script(({ tell }) => tell({ event: 'error', data }));
    const stream = make().wsStream(hello);
    expect(await readAll(stream)).toEqual(['error:ACCESS_DENIED']);
    expect(await stream.ended).toMatchObject({ reason: 'error', error: { name: 'PermissionError', requestId: 'q' } });
  });

  test.each([
    [1000, '', 'NetworkError', 'STREAM_CUT_OFF'],
    [1008, 'Unauthorized', 'AuthenticationError', 'AUTH_REQUIRED'],
    [1008, 'TOKEN_EXPIRED', 'AuthenticationError', 'TOKEN_EXPIRED'],
    [1008, 'ACCESS_DENIED', 'PermissionError', 'ACCESS_DENIED'],
    [1009, '', 'RequestTooLargeError', 'REQUEST_TOO_LARGE'],
    [1011, '', 'ServerError', 'INTERNAL'],
    [1013, '', 'ServerError', 'UNAVAILABLE'],
  ])('a socket that is closed with %i in the midst is told by its class', async (code, reason, name, errorCode) => {
    server.script(({ socket, tell }) => {
      tell(spoken('Hi'));
      socket.close(code, reason);
    });
    const stream = make().wsStream(hello);
    await expect(readAll(stream)).rejects.toMatchObject({ name, code: errorCode });
    expect(await stream.ended).toMatchObject({ reason: 'error', error: { name }, threadId: 'given' });
  });

  test.each(['nonsense', '[]', 'null', '{"no":"event"}'])('what is no chunk is told: %s', async (text) => {
    server.script(({ socket }) => socket.send(text));
    await expect(readAll(make().wsStream(hello))).rejects.toMatchObject({ name: 'ProtocolError' });
    await expect.poll(() => server.isOpen).toBe(false);
  });

  test('abort, a signal, leaving and time end it, and close the socket', async () => {
    server.script(({ tell }) => tell(spoken('Hi')));
    const aborted = make().wsStream(hello);
    await aborted.next();
    const waiting = aborted.next();
    aborted.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortedError' });
    await expect.poll(() => server.isOpen).toBe(false);

    const controller = new AbortController();
    const signalled = make().wsStream(hello, { signal: controller.signal });
    await signalled.next();
    controller.abort();
    await expect(signalled.next()).rejects.toMatchObject({ name: 'AbortedError' });
    await expect.poll(() => server.isOpen).toBe(false);

    const left = make().wsStream(hello);
    for await (const _chunk of left) break;
    expect((await left.ended).reason).toBe('aborted');
    await expect.poll(() => server.isOpen).toBe(false);

    const idle = make().wsStream(hello, { idleTimeout: 50 });
    await idle.next();
    await expect(idle.next()).rejects.toMatchObject({ name: 'TimeoutError' });
    server.script(() => {});
    await expect(make().wsStream(hello, { timeout: 50 }).next()).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect.poll(() => server.isOpen).toBe(false);
  });
});

describe('credentials', () => {
  test.each<[string, Partial<AgentFlowClientOptions>, readonly string[], number]>([
    ['a bearer token', {}, ['agentflow-bearer', 'good'], 0],
    [
      "the guide's header",
      { authToken: null, headers: { Authorization: 'Bearer good' } },
      ['agentflow-bearer', 'good'],
      0,
    ],
    ['none', { authToken: null }, [], 0],
    ['Basic', { auth: { type: 'basic', username: 'a', password: 'b' } }, ['agentflow-ticket', 'ticket-1'], 1],
    ['an API key', { auth: { type: 'header', name: 'X-API-Key', value: 'k' } }, ['agentflow-ticket', 'ticket-1'], 1],
    ['a token that no sub-protocol may be', { authToken: 'a/b=' }, ['agentflow-ticket', 'ticket-1'], 1],
    ['a token beside a further header', { headers: { 'X-Act-For': 'bob' } }, ['agentflow-ticket', 'ticket-1'], 1],
  ])('%s', async (_name, options, protocols, tickets) => {
    server.script(runOnce);
    expect(await readAll(make(options).wsStream(hello))).toHaveLength(2);
    expect(server.upgrades).toEqual([{ path: '/v1/graph/ws', protocols }]);
    expect(server.requests).toHaveLength(tickets);
  });

  test('a refused handshake is told by what HTTP says, and is tried once more with what that has renewed', async () => {
    server.script(runOnce);
    server.accept((credential) => /new/.test(credential));
    const auth = vi.fn(({ refused }: { readonly refused: boolean }) => (refused ? 'new' : 'old'));
    expect(await readAll(make({ auth }).wsStream(hello))).toHaveLength(2);
    expect(auth).toHaveBeenCalledTimes(2);
    expect(server.upgrades.map(({ protocols }) => protocols[1])).toEqual(['old', 'new']);
    const stream = make({ authToken: 'old' }).wsStream(hello);
    await expect(stream.next()).rejects.toMatchObject({ name: 'AuthenticationError', code: 'TOKEN_EXPIRED' });
    expect(server.upgrades).toHaveLength(3);
  });

  test('a refusal that HTTP does not share keeps what it is', async () => {
    server.accept((credential) => credential.startsWith('Bearer'));
    const stream = make().wsStream(hello);
    await expect(stream.next()).rejects.toMatchObject({ name: 'NetworkError', code: 'SOCKET_REFUSED' });
    expect(server.upgrades).toHaveLength(1);
  });

  /** Answers credentials on the open socket, and ends the run when as many have been shown as it is told. */
  const untilShown = (times: number, refused = false) => {
    let shown = 0;
    server.script(({ frame, tell }) => {
      if (frame['type'] !== 'authenticate') return tell(spoken('Hi'));
      shown += 1;
      if (refused) tell({ event: 'error', data: { reason: 'other', code: 'AUTH_REQUIRED', status: 401 } });
      else tell({ data: { status: 'authenticated', expires_at: '2999-01-01T00:00:00Z' } });
      return shown >= times && [final(), done].forEach(tell);
    });
  };

  test('a credential that is about to end is followed by another on the open socket, and readers see nothing of it', async () => {
    untilShown(2);
    let given = 0;
    const auth = () => {
      given += 1;
      return {
        type: 'bearer',
        token: `token-${given}`,
        expiresAt: Date.now() / 1000 + (given < 3 ? 2.2 : 3600),
      } as const;
    };
    expect(await readAll(make({ auth }).wsStream(hello))).toEqual(['Hi', 'updates:graph_invoked']);
    expect(server.frames.slice(1)).toEqual([
      { type: 'authenticate', token: 'token-2' },
      { type: 'authenticate', token: 'token-3' },
    ]);
    expect([server.upgrades.length, given]).toEqual([1, 3]);
  });

  test('reauthenticate shows a fresh one when asked, a ticket where there is no token', async () => {
    untilShown(1);
    let given = 0;
    const stream = make({ auth: () => `token-${++given}` }).wsStream(hello);
    await stream.next();
    expect(await stream.reauthenticate()).toBe('2999-01-01T00:00:00Z');
    expect(server.frames[1]).toEqual({ type: 'authenticate', token: 'token-2' });
    await readAll(stream);

    untilShown(1);
    const auth = () => ({ type: 'header', name: 'X-API-Key', value: `key-${++given}` }) as const;
    const keyed = make({ auth }).wsStream(hello);
    await keyed.next();
    await keyed.reauthenticate();
    expect(server.frames.at(-1)).toEqual({ type: 'authenticate', ticket: 'ticket-2' });
    expect(server.requests).toEqual(['/v1/auth/ws-ticket key-3', '/v1/auth/ws-ticket key-4']);
    await readAll(keyed);
  });

  test('one that is refused is told to who asked, and the run goes on', async () => {
    untilShown(1, true);
    const stream = make().wsStream(hello);
    await expect(stream.reauthenticate()).rejects.toMatchObject({ code: 'SOCKET_NOT_OPEN' });
    await stream.next();
    await expect(stream.reauthenticate()).rejects.toMatchObject({ name: 'AuthenticationError' });
    expect(server.frames[1]).toEqual({ type: 'authenticate', token: 'good' });
    expect(await readAll(stream)).toEqual(['updates:graph_invoked']);
    expect((await stream.ended).reason).toBe('completed');
  });
});

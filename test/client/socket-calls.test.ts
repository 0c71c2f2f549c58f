import {
  AgentFlowClient,
  type AgentFlowClientOptions,
  Message,
  type StreamChunk,
  type StreamEnd,
} from '@agentflow/client';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createSecret, exampleGraph, root } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* What a started server makes of the client's sockets: who may open one, what is said on it, and how it ends. */

const jwt = { method: 'jwt', clock_tolerance: '0s' };
const graph = (name: string) => `${root}/test/graphs/${name}.ts:app`;
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

async function readAll(stream: AsyncIterable<StreamChunk> & { readonly ended: Promise<StreamEnd> }) {
  const chunks: StreamChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, end: await stream.ended };
}

describe('credentials', () => {
  const key = createSecret();
  const plugin = `import { BaseAuth } from 'agentflow';
    export class Basic extends BaseAuth {
      authenticate(_request: any, _context: any, credential: any): any {
        return credential?.scheme === 'basic' && credential.credentials === 'Y2Fyb2w6cHc=' ? { user_id: 'carol' } : null;
      }
    }`;
  const keys = { method: 'api_key', keys: [{ id: 'robot', key: { env: 'ROBOT_KEY' }, subject: 'robot' }] };
  const auth = [jwt, keys, { method: 'custom', path: 'auth.ts:Basic' }];
  const server = serve({ agent: exampleGraph, auth }, { env: { ROBOT_KEY: key }, files: { 'auth.ts': plugin } });
  const make = (options: Partial<AgentFlowClientOptions>) =>
    new AgentFlowClient({ baseUrl: server.url, webSocketImpl: WebSocket, ...options });
  const asked = async (client: AgentFlowClient) => {
    const { chunks, end } = await readAll(client.wsStream([Message.text_message('Who am I?')]));
    return { end, said: chunks.findLast(({ message }) => message?.role === 'assistant')?.message?.text() };
  };

  test.each<[string, string, () => Partial<AgentFlowClientOptions>]>([
    ['a bearer token', 'alice', () => ({ authToken: server.tokenFor('alice') })],
    ["the guide's header", 'alice', () => ({ headers: { Authorization: `Bearer ${server.tokenFor('alice')}` } })],
    ['an API key, by a ticket', 'robot', () => ({ auth: { type: 'header', name: 'X-API-Key', value: key } })],
    ['Basic, by a ticket', 'carol', () => ({ auth: { type: 'basic', username: 'carol', password: 'pw' } })],
  ])('%s', async (_name, subject, options) => {
    const { said, end } = await asked(make(options()));
    expect(said).toContain(`You are ${subject}`);
    expect(end).toMatchObject({ reason: 'completed', rounds: 1 });
  });

  test.each<[string, string, () => Partial<AgentFlowClientOptions>]>([
    ['a wrong token', 'AUTH_REQUIRED', () => ({ authToken: 'wrong' })],
    ['an expired token', 'TOKEN_EXPIRED', () => ({ authToken: server.tokenFor('alice', { exp: inSeconds(-5) }) })],
    ['a wrong key', 'AUTH_REQUIRED', () => ({ auth: { type: 'header', name: 'X-API-Key', value: createSecret() } })],
    ['none', 'AUTH_REQUIRED', () => ({})],
  ])('%s is told as over HTTP', async (_name, code, options) => {
    const stream = make(options()).wsStream([Message.text_message('Who am I?')]);
    await expect(stream.next()).rejects.toMatchObject({ name: 'AuthenticationError', status: 401, code });
    expect(await stream.ended).toMatchObject({ reason: 'error', error: { code } });
  });

  test('an expired one is renewed by the function that gives it', async () => {
    const expired = {
      type: 'bearer',
      token: server.tokenFor('alice', { exp: inSeconds(-5) }),
      expiresAt: '2999-01-01T00:00:00Z',
    } as const;
    const asks: boolean[] = [];
    const auth = ({ refused }: { readonly refused: boolean }) => {
      asks.push(refused);
      return refused ? server.tokenFor('alice') : expired;
    };
    expect((await asked(make({ auth }))).said).toContain('You are alice');
    expect(asks).toEqual([false, true]);
  });
});

describe('a run that takes its time', () => {
  const server = serve({ agent: graph('slow'), auth: jwt });
  const make = (auth: AgentFlowClientOptions['auth']) =>
    new AgentFlowClient({ baseUrl: server.url, webSocketImpl: WebSocket, auth });
  const token = (exp: number) => ({ type: 'bearer', token: server.tokenFor('alice', { exp }) }) as const;

  test('goes on where it is shown another on request, and as before where that is of somebody else', async () => {
    let subject = 'alice';
    const client = make(() => server.tokenFor(subject, { jti: String(Math.random()) }));
    const stream = client.wsStream([Message.text_message('8 steps of 100 ms')]);
    await stream.next();
    expect(Date.parse((await stream.reauthenticate()) ?? '')).toBeGreaterThan(Date.now());
    subject = 'mallory';
    await expect(stream.reauthenticate()).rejects.toMatchObject({
      code: expect.stringMatching(/AUTH_REQUIRED|ACCESS_DENIED/),
    });
    expect((await readAll(stream)).end.reason).toBe('completed');
  });

  test('is stopped on the socket, and ended with it', async () => {
    const stopped = make(token(inSeconds(60))).wsStream([Message.text_message('20 steps of 200 ms')]);
    for await (const { message } of stopped) if (message?.role === 'assistant') stopped.stop();
    expect((await stopped.ended).reason).toBe('stopped');
    const client = make(token(inSeconds(60)));
    const left = client.wsStream([Message.text_message('2 steps of 60000 ms')], { config: { thread_id: 'left' } });
    for await (const _first of left) break;
    await expect.poll(() => client.stopGraph('left')).toMatchObject({ data: { running: false } });
  });
});

describe('a graph that asks', () => {
  const server = serve({ agent: graph('asks'), auth: jwt });

  test('is answered over a socket', async () => {
    const client = new AgentFlowClient({
      baseUrl: server.url,
      webSocketImpl: WebSocket,
      authToken: server.tokenFor('a'),
    });
    const config = { thread_id: 'asked' };
    const { end } = await readAll(client.wsStream([Message.text_message('go')], { config }));
    expect(end).toMatchObject({ reason: 'interrupted', interrupt: { question: 'may I go?' } });
    const { chunks } = await readAll(client.wsStream([], { config, resume: 'yes' }));
    expect(chunks.findLast(({ message }) => message !== null)?.message?.text()).toBe('decided: "yes"');
  });

  test('what cannot be asked is told by its class', async () => {
    const client = new AgentFlowClient({
      baseUrl: server.url,
      webSocketImpl: WebSocket,
      authToken: server.tokenFor('a'),
    });
    const { end } = await readAll(client.wsStream([]));
    expect(end).toMatchObject({ reason: 'error', error: { name: 'ValidationError', status: 422 } });
    const resume = async (threadId: string) => {
      return (await readAll(client.wsStream([], { resume: 1, config: { thread_id: threadId } }))).end;
    };
    expect(await resume('nowhere')).toMatchObject({ reason: 'error', error: { name: 'NotFoundError', status: 404 } });
    expect(await resume('asked')).toMatchObject({ reason: 'error', error: { name: 'ConflictError', status: 409 } });
  });
});

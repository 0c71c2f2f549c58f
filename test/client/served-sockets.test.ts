import { join } from 'node:path';
import { AgentFlowClient, type AgentFlowClientOptions, Message } from '@agentflow/client';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createSecret, root } from '../harness/project.js';
import { serve } from '../harness/served.js';
import { inSeconds } from '../harness/tokens.js';

/* The client's sockets, against the server itself: with a token, with a ticket for a key, and with tools that the client runs. */

const key = createSecret();
const auth = [{ method: 'jwt', clock_tolerance: '0s' }, 'api_key'];
const authorization = { method: 'roles', roles: { user: ['*'] }, default_role: 'user' };
const agent = (file: string) => `${join(root, 'test/graphs', file)}:app`;
const server = serve({ agent: agent('remote-tools.ts'), auth, authorization }, { env: { API_KEY: key } });
const slow = serve({ agent: agent('slow.ts'), auth, authorization }, { env: { API_KEY: key } });

const make = (served: typeof server, options: Partial<AgentFlowClientOptions>) =>
  new AgentFlowClient({ baseUrl: served.url, webSocketImpl: WebSocket, ...options });
const ways: Readonly<Record<string, () => Partial<AgentFlowClientOptions>>> = {
  'a token': () => ({ authToken: server.tokenFor('alice') }),
  'a ticket for a key': () => ({ auth: { type: 'header', name: 'X-API-Key', value: key } }),
};

describe.each(Object.entries(ways))('by %s', (_how, options) => {
  test('tools of the client run once for each call, in as many rounds as there are turns with calls', async () => {
    const client = make(server, options());
    const used: string[] = [];
    for (const name of ['page', 'title']) {
      const handler = () => {
        used.push(name);
        return `result of ${name}`;
      };
      client.registerTool({ node: 'tools', name, description: name, parameters: { type: 'object' }, handler });
    }
    await client.setup();
    const stream = client.wsStream([Message.text_message('use page then title then page')], {
      config: { thread_id: crypto.randomUUID() },
    });
    for await (const _chunk of stream);
    expect(await stream.ended).toMatchObject({ reason: 'completed', rounds: 4 });
    expect(used).toEqual(['page', 'title', 'page']);
  });
});

test('a token that ends in the middle is renewed on the open socket, and the run goes on to its end', async () => {
  let asked = 0;
  const fresh = async () => {
    asked += 1;
    return slow.tokenFor('alice', { exp: inSeconds(asked === 1 ? 4 : 60) });
  };
  const stream = make(slow, { auth: fresh }).wsStream([Message.text_message('bread: 60 steps of 100 ms')], {
    recursion_limit: 100,
  });
  for await (const _chunk of stream);
  expect(await stream.ended).toMatchObject({ reason: 'completed' });
  expect(asked).toBeGreaterThan(1);
});

test('a token that nobody renews ends the stream with the reason', async () => {
  const authToken = slow.tokenFor('alice', { exp: inSeconds(2) });
  const stream = make(slow, { authToken }).wsStream([Message.text_message('bread: 60 steps of 100 ms')], {
    recursion_limit: 100,
  });
  for await (const _chunk of stream);
  expect(await stream.ended).toMatchObject({ reason: 'error', error: { statusCode: 401 } });
});

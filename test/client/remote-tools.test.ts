import { AgentFlowClient, Message } from '@agentflow/client';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { answerJson, serveScript } from '../harness/scripted-server.js';

/* The loop of remote tools, against a server that asks for what each test wants. */

const server = serveScript();

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly args?: object;
}

const hello = [Message.text_message('Hello')];

const callMessage = ({ id, name, args = {} }: Asked) => ({
  ...{ message_id: `m-${id}`, role: 'tool', metadata: { is_remote: true } },
  content: [{ type: 'remote_tool_call', id, name, args, tool_type: 'remote' }],
});

const bodyOf = (index: number) => JSON.parse(server.seen[index]?.body ?? '{}');
const resultsOf = (index: number) =>
  bodyOf(index).messages.flatMap((message: { readonly content: readonly object[] }) => message.content);

/** Round by round, which tools are asked for; after the last it is done. */
function scriptRounds(rounds: readonly (readonly Asked[])[]): void {
  server.script(({ path }, response) => {
    const asked = rounds[server.seen.length - 1] ?? [];
    const messages =
      asked.length > 0 ? asked.map(callMessage) : [{ role: 'assistant', content: [{ type: 'text', text: 'done' }] }];
    const status = asked.length > 0 ? 'interrupted' : 'completed';
    if (path === '/v1/graph/invoke') {
      const meta = { thread_id: 'given', is_new_thread: false, run_id: 'r', status };
      answerJson(response, 200, { data: { messages, state: null, context: null, summary: null, meta } });
      return;
    }
    const base = { thread_id: 'given', run_id: `r${server.seen.length}`, metadata: {} };
    const lines = messages.map((message) => JSON.stringify({ event: 'message', message, data: {}, ...base }));
    const data = { status: 'graph_invoked', reason: status, is_interrupted: asked.length > 0 };
    response.end([...lines, JSON.stringify({ event: 'updates', data, ...base })].join('\n'));
  });
}

const client = () => {
  const made = new AgentFlowClient({ baseUrl: server.url });
  made.registerTool({ node: 'n', name: 'add', handler: ({ a, b }) => Number(a) + Number(b) });
  made.registerToolHandler('fails', () => {
    throw new Error('no such city');
  });
  made.registerToolHandler('nothing', () => undefined);
  made.registerToolHandler('circular', () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    return circle;
  });
  return made;
};

type Way = (made: AgentFlowClient, options?: Parameters<AgentFlowClient['invoke']>[1]) => Promise<object>;

/** What both ways say of the whole: how many rounds, and whether the limit ended it. */
const ways: Readonly<Record<string, Way>> = {
  invoke: async (made, options) => {
    const result = await made.invoke(hello, options);
    return { rounds: result.iterations, limited: result.recursion_limit_reached };
  },
  stream: async (made, options) => {
    const stream = made.stream(hello, options);
    for await (const _chunk of stream);
    const end = await stream.ended;
    return { rounds: end.rounds, limited: end.reason === 'interrupted' && end.recursionLimitReached };
  },
};

describe.each(Object.entries(ways))('%s', (_way, run) => {
  beforeEach(() => scriptRounds([]));

  test('without calls takes one round', async () => {
    expect(await run(client())).toEqual({ rounds: 1, limited: false });
    expect(bodyOf(0)).not.toHaveProperty('config');
  });

  test('answers each call on the thread that it learned of, in as many rounds as there are calls and one', async () => {
    scriptRounds([
      [{ id: 'c1', name: 'add', args: { a: 1, b: 2 } }],
      [{ id: 'c2', name: 'add', args: { a: 3, b: 4 } }],
    ]);
    const options = { config: { mine: true }, initial_state: { x: 1 }, recursion_limit: 9 };
    expect(await run(client(), options)).toEqual({ rounds: 3, limited: false });
    expect(server.seen).toHaveLength(3);
    expect(bodyOf(0)).toMatchObject({ config: { mine: true }, initial_state: { x: 1 } });
    expect(bodyOf(1)).toEqual({
      ...{ messages: [{ role: 'tool', content: expect.anything() }], config: { mine: true, thread_id: 'given' } },
      ...{ recursion_limit: 9, response_granularity: bodyOf(0).response_granularity },
    });
    expect([resultsOf(1), resultsOf(2)]).toEqual([
      [{ type: 'tool_result', call_id: 'c1', output: 3, status: 'completed', is_error: false }],
      [{ type: 'tool_result', call_id: 'c2', output: 7, status: 'completed', is_error: false }],
    ]);
  });

  test('answers calls of one round together, also those that fail', async () => {
    const names = ['add', 'fails', 'unknown', 'nothing', 'circular'];
    scriptRounds([names.map((name, index) => ({ id: `c${index}`, name }))]);
    expect(await run(client())).toEqual({ rounds: 2, limited: false });
    expect(resultsOf(1)).toMatchObject([
      { call_id: 'c0', output: null, is_error: false },
      { call_id: 'c1', output: { error: 'no such city' }, is_error: true, status: 'failed' },
      { call_id: 'c2', output: { error: "Tool 'unknown' not found" }, is_error: true },
      { call_id: 'c3', output: null, is_error: false },
      { call_id: 'c4', is_error: true },
    ]);
  });

  test('runs a handler once for a call that a server tells again', async () => {
    scriptRounds([
      [{ id: 'c1', name: 'seen' }],
      [
        { id: 'c1', name: 'seen' },
        { id: 'c2', name: 'seen' },
      ],
      [{ id: 'c1', name: 'seen' }],
    ]);
    const made = client();
    const handler = vi.fn(() => 'ok');
    made.registerToolHandler('seen', handler);
    expect(await run(made)).toEqual({ rounds: 3, limited: false });
    expect(handler.mock.calls.map((call: readonly unknown[]) => call[1])).toMatchObject([
      { callId: 'c1', name: 'seen', threadId: 'given' },
      { callId: 'c2', name: 'seen', threadId: 'given' },
    ]);
  });

  test('ends at recursion_limit, with calls left open', async () => {
    scriptRounds(Array.from({ length: 9 }, (_one, index) => [{ id: `c${index}`, name: 'add' }]));
    expect(await run(client(), { recursion_limit: 3 })).toEqual({ rounds: 3, limited: true });
    expect(server.seen).toHaveLength(3);
  });

  test('leaves calls alone where it is told to', async () => {
    scriptRounds([[{ id: 'c1', name: 'add' }]]);
    expect(await run(client(), { runTools: false })).toEqual({ rounds: 1, limited: false });
  });

  test('a signal ends it between two handlers', async () => {
    scriptRounds([
      [
        { id: 'c1', name: 'leave' },
        { id: 'c2', name: 'never' },
      ],
    ]);
    const controller = new AbortController();
    const made = client();
    const never = vi.fn();
    made.registerToolHandler('leave', () => controller.abort());
    made.registerToolHandler('never', never);
    await expect(run(made, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortedError' });
    expect(never).not.toHaveBeenCalled();
    expect(server.seen).toHaveLength(1);
  });
});

test('invoke tells each round, and all messages with the answers between them', async () => {
  scriptRounds([[{ id: 'c1', name: 'add', args: { a: 1, b: 1 } }]]);
  const told: unknown[] = [];
  const result = await client().invoke(hello, {
    onPartialResult: ({ iteration, has_tool_calls, is_final }) => void told.push([iteration, has_tool_calls, is_final]),
  });
  expect(told).toEqual([
    [1, true, false],
    [2, false, true],
  ]);
  expect(result.all_messages.map((message) => message.text())).toEqual(['', '2', 'done']);
  expect(result.messages.map((message) => message.text())).toEqual(['done']);
});

test('setup declares the tools that were registered whole, the later one of two', async () => {
  server.script((_request, response) => answerJson(response, 200, { data: { status: 'success' } }));
  const made = client();
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false };
  made.registerTool({ node: 'n', name: 'add', description: 'Adds.', parameters, handler: () => 0 });
  await made.setup();
  await new AgentFlowClient({ baseUrl: server.url }).setup();
  expect([bodyOf(0), bodyOf(1)]).toEqual([
    { tools: [{ node_name: 'n', name: 'add', description: 'Adds.', parameters: { ...parameters, required: [] } }] },
    { tools: [] },
  ]);
});

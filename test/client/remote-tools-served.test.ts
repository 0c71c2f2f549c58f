import { AgentFlowClient, Message } from '@agentflow/client';
import { describe, expect, test, vi } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { root } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* The loop of remote tools against a started server: declared by setup, run here, answered on the thread. */

const authorization = {
  method: 'roles',
  roles: { user: ['graph:invoke', 'graph:stream', 'graph:read', 'graph:setup', 'threads:*', 'run:read'] },
  default_role: 'user',
};

/** What both ways say of the whole. */
interface Outcome {
  readonly rounds: number;
  readonly said: string | undefined;
  readonly reason: string;
}

type Way = (client: AgentFlowClient, text: string, threadId?: string) => Promise<Outcome>;

const configOf = (threadId: string | undefined) => (threadId === undefined ? {} : { config: { thread_id: threadId } });

const ways: Readonly<Record<string, Way>> = {
  invoke: async (client, text, threadId) => {
    const { iterations, messages, meta } = await client.invoke([Message.text_message(text)], configOf(threadId));
    return { rounds: iterations, said: messages.at(-1)?.text(), reason: meta.status };
  },
  stream: async (client, text, threadId) => {
    const stream = client.stream([Message.text_message(text)], configOf(threadId));
    let said: string | undefined;
    for await (const { message } of stream) if (message?.role === 'assistant') said = message.text();
    const { rounds, reason } = await stream.ended;
    return { rounds, said, reason };
  },
};

describeOnDatabases((database) => {
  const agent = `${root}/test/graphs/remote-tools.ts:app`;
  const server = serve({ agent, auth: 'jwt', authorization }, { database });

  /** A client with tools of these names, whose handlers say whose they are. */
  async function clientOf(subject: string, ...names: readonly string[]) {
    const client = new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor(subject) });
    const handler = vi.fn((args: Readonly<Record<string, unknown>>, { name }: { readonly name: string }) => {
      return `${name} of ${subject}: ${JSON.stringify(args)}`;
    });
    for (const name of names) client.registerTool({ node: 'tools', name, description: `${name}.`, handler });
    const { data } = await client.setup();
    expect(data.registered_tools).toEqual(names);
    return { client, handler };
  }

  describe.each(Object.entries(ways))('%s', (way, run) => {
    test('takes one round for each turn with calls, and one more, on a thread that it learns of', async () => {
      const { client, handler } = await clientOf(`${way}-una`, 'page', 'title');
      const { rounds, said, reason } = await run(client, 'use page then title then page');
      expect([rounds, reason, handler.mock.calls.map(([, { name }]) => name)]).toEqual([
        ...[4, 'completed', ['page', 'title', 'page']],
      ]);
      expect(said).toContain(`page of ${way}-una: {"text":"use page then title then page"}`);
      expect(await run(client, 'hello')).toMatchObject({ rounds: 1, reason: 'completed' });
      expect(handler).toHaveBeenCalledTimes(3);
    });

    test('answers the calls of one turn together, also one that fails', async () => {
      const { client, handler } = await clientOf(`${way}-together`, 'page', 'title', 'fails');
      client.registerToolHandler('fails', () => {
        throw new Error('no such page');
      });
      const { rounds, said, reason } = await run(client, 'use page look title fails', 'together');
      expect([rounds, reason, handler.mock.calls.length]).toEqual([2, 'completed', 2]);
      expect(said).toContain('no such page');
    });

    test("each principal's own handler runs, for tools of the same name on threads of the same name", async () => {
      const [una, bob] = [await clientOf(`${way}-a`, 'page'), await clientOf(`${way}-b`, 'page')];
      const [hers, his] = await Promise.all([run(una.client, 'use page', 'ours'), run(bob.client, 'use page', 'ours')]);
      expect([hers.said, his.said]).toEqual([
        expect.stringContaining(`page of ${way}-a`),
        expect.stringContaining(`page of ${way}-b`),
      ]);
      expect([una.handler.mock.calls.length, bob.handler.mock.calls.length]).toEqual([1, 1]);
      const { data } = await una.client.graphTools();
      expect(data.nodes.flatMap(({ tools }) => tools.filter(({ source }) => source === 'remote'))).toMatchObject([
        { name: 'page', description: 'page.' },
      ]);
    });

    test('leaves calls to whoever asks for that, and takes their answers later', async () => {
      const { client, handler } = await clientOf(`${way}-later`, 'page');
      const config = { thread_id: 'later' };
      const { messages, meta } = await client.invoke([Message.text_message('use page')], { config, runTools: false });
      expect([meta.status, handler.mock.calls.length]).toEqual(['interrupted', 0]);
      const call = messages.flatMap(({ content }) => content).find((block) => block.type === 'remote_tool_call');
      const answer = {
        type: 'tool_result',
        call_id: call?.id ?? '',
        output: 'later',
        status: 'completed',
        is_error: false,
      } as const;
      const again = await client.invoke([{ role: 'tool', content: [answer] }], { config });
      expect([again.meta.status, again.messages.at(-1)?.text()]).toEqual(['completed', 'later']);
    });
  });

  test('setup without the permission is a PermissionError', async () => {
    const stranger = new AgentFlowClient({
      baseUrl: server.url,
      authToken: server.tokenFor('x', { scope: 'graph:read' }),
    });
    await expect(stranger.setup()).rejects.toMatchObject({ name: 'PermissionError', code: 'ACCESS_DENIED' });
  });
});

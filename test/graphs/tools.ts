import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { type RunnableConfig, RunnableLambda } from '@langchain/core/runnables';
import { StructuredTool, tool } from '@langchain/core/tools';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { createReactAgent, ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';

/* Graphs whose tools and nodes leave a line in the file that USES_FILE names, so that a test sees what has really run. */

function leaveTrace(what: string): void {
  const file = process.env['USES_FILE'];
  if (file !== undefined) appendFileSync(file, `${what}\n`);
}

const schema = z.object({});

const look = tool(
  () => {
    leaveTrace('look');
    return 'seen';
  },
  { name: 'look', description: 'Looks.', schema },
);

const erase = tool(
  () => {
    leaveTrace('erase');
    return 'gone';
  },
  { name: 'erase', description: 'Erases.', schema },
);

/** A class, as most tools of packages are. */
class Send extends StructuredTool {
  override name = 'send';
  override description = 'Sends.';
  override schema = schema;
  protected override async _call(): Promise<string> {
    leaveTrace('send');
    return 'sent';
  }
}

const send = new Send();

/** Uses another tool within, and passes no config on. */
const chain = tool(async () => `chained: ${await erase.invoke({})}`, {
  name: 'chain',
  description: 'Uses another.',
  schema,
});

/** The first of three. */
const relay = tool(async () => `relayed: ${await chain.invoke({})}`, {
  name: 'relay',
  description: 'Uses one that uses another.',
  schema,
});

const like = RunnableLambda.from(() => {
  leaveTrace('like');
  return 'liked';
}).asTool({ name: 'like', description: 'A runnable as a tool.', schema });

const tools = [look, erase, send, chain, relay, like];

/** Always asks for the tools that the question names, all at once ("use look erase"), and answers with what they said. */
class Obedient extends BaseChatModel {
  override _llmType(): string {
    return 'obedient';
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const asked = messages.findLastIndex((message) => message.getType() === 'human');
    const results = messages.slice(asked + 1).filter((message) => message.getType() === 'tool');
    const [, names = ''] = /^use (.+)$/.exec(messages[asked]?.text ?? '') ?? [];
    const calls = results.length > 0 ? [] : names.split(' ').filter((name) => name !== '');
    const text = results.map((message) => message.text).join(' | ');
    const message = new AIMessage({
      content: text,
      tool_calls: calls.map((name, index) => ({
        name,
        args: {},
        id: `call_${messages.length}_${index}`,
        type: 'tool_call',
      })),
    });
    return { generations: [{ text, message }] };
  }
}

/** LangGraph's own agent. */
export const react = createReactAgent({ llm: new Obedient({}), tools });

/** The same by hand, within another graph. */
const inner = new StateGraph(MessagesAnnotation)
  .addNode('inner_agent', async ({ messages }) => ({ messages: [await new Obedient({}).invoke(messages)] }))
  .addNode('inner_tools', new ToolNode(tools))
  .addEdge('__start__', 'inner_agent')
  .addConditionalEdges('inner_agent', toolsCondition, { tools: 'inner_tools', __end__: '__end__' })
  .addEdge('inner_tools', 'inner_agent')
  .compile();

export const nested = new StateGraph(MessagesAnnotation)
  .addNode('before', () => {
    leaveTrace('before');
    return {};
  })
  .addNode('helper', inner)
  .addNode('after', () => {
    leaveTrace('after');
    return {};
  })
  .addEdge('__start__', 'before')
  .addEdge('before', 'helper')
  .addEdge('helper', 'after')
  .compile();

type Use = (config: RunnableConfig) => Promise<unknown>;

const call = { name: 'erase', args: {}, id: 'call_1', type: 'tool_call' } as const;
let heard = 0;
const own = {
  handleToolStart: () => {
    heard += 1;
  },
};

/** How the code of a node may use tools, and graphs with tools. */
const ways: Readonly<Record<string, Use>> = {
  'with config': (config) => erase.invoke({}, config),
  'without config': () => erase.invoke({}),
  'without callbacks': () => erase.invoke({}, { callbacks: [] }),
  'own callbacks': async (config) => `${await look.invoke({}, { ...config, callbacks: [own] })} ${heard > 0}`,
  'another name': (config) => erase.invoke({}, { ...config, runName: 'look' }),
  'a call': (config) => erase.invoke(call, config),
  'call()': () => erase.call({}),
  batch: (config) => erase.batch([{}, {}], config),
  stream: async (config) => {
    for await (const _piece of await erase.stream({}, config)) leaveTrace('piece');
    return 'streamed';
  },
  'a class': (config) => send.invoke({}, config),
  'like, a call': (config) => like.invoke({ ...call, name: 'like' }, config),
  'like, batch': (config) => like.batch([{}], config),
  'like, stream': async (config) => {
    for await (const _piece of await like.stream({}, config)) leaveTrace('piece');
    return 'streamed';
  },
  later: async () => {
    await sleep(5);
    return erase.invoke({});
  },
  'inner graph': async () => (await inner.invoke({ messages: ['use erase'] }, { callbacks: [] })).messages.at(-1)?.text,
};

/** Uses a tool in the way that the question names; "carefully …" catches what the tool throws. */
export const direct = new StateGraph(MessagesAnnotation)
  .addNode('direct', async ({ messages }, config) => {
    const question = messages.at(-1)?.text ?? '';
    const use = ways[question.replace(/^carefully /, '')];
    if (use === undefined) throw new Error('no such way');
    try {
      const told = await use(config);
      const text = typeof told === 'string' ? told : JSON.stringify(told);
      return { messages: [new AIMessage(text)] };
    } catch (error) {
      if (!question.startsWith('carefully ')) throw error;
      return { messages: [new AIMessage(`caught: ${String(error)} ${JSON.stringify(error)}`)] };
    }
  })
  .addEdge('__start__', 'direct')
  .compile();

/** Nodes that fail soft: what they throw is handled, and tried again. */
export const stubborn = new StateGraph(MessagesAnnotation)
  .addNode(
    'risky',
    () => {
      leaveTrace('risky');
      return { messages: [new AIMessage('risked')] };
    },
    {
      retryPolicy: { maxAttempts: 3, initialInterval: 1, retryOn: () => true, logWarning: false },
      errorHandler: () => {
        leaveTrace('handler');
        return { messages: [new AIMessage('handled')] };
      },
    },
  )
  .addNode('next', () => {
    leaveTrace('next');
    return { messages: [new AIMessage('went on')] };
  })
  .addEdge('__start__', 'risky')
  .addEdge('risky', 'next')
  .compile();

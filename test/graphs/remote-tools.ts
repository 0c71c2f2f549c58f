import { appendFileSync } from 'node:fs';
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import type { RunnableConfig } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { interrupt, MessagesAnnotation, Send, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { callRemoteTools, remoteTools } from 'agentflow';
import { z } from 'zod';

/* Graphs that have their caller's client run tools. What runs here leaves a line in the file that USES_FILE names. */

type State = typeof MessagesAnnotation.State;

const look = tool(
  () => {
    const file = process.env['USES_FILE'];
    if (file !== undefined) appendFileSync(file, 'look\n');
    return 'seen';
  },
  { name: 'look', description: 'Looks.', schema: z.object({ where: z.string().optional() }) },
);

const local = [look];

/**
 * Calls the tools that the question names, all at once ("use look page"), each with the question as `text`; answers with what they
 * said. "then" parts turns; "tools" answers with what it was given. With "same ids" each turn's calls have the ids of the last's.
 */
class Obedient extends BaseChatModel {
  readonly names: readonly string[];

  constructor(names: readonly string[] = []) {
    super({});
    this.names = names;
  }

  override _llmType(): string {
    return 'obedient';
  }

  override bindTools(tools: BindToolsInput[]): Obedient {
    return new Obedient(tools.map((one) => String(Reflect.get(one, 'name'))));
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const asked = messages.findLastIndex((message) => message.getType() === 'human');
    const question = messages[asked]?.text ?? '';
    const said = messages.slice(asked + 1);
    const results = said.filter((message) => message.getType() === 'tool');
    const turn = said.filter((message) => message.getType() === 'ai').length;
    const [, script = ''] = /^use (.+?)(?: with same ids)?$/.exec(question) ?? [];
    const names = (script.split(' then ')[turn] ?? '').split(' ').filter((name) => name !== '');
    const prefix = question.endsWith('with same ids') ? 'call' : `call_${messages.length}`;
    const told = question === 'tools' ? this.names.join(' ') : results.map((message) => message.text).join(' | ');
    const tool_calls = names.map((name, index) => {
      return { name, args: { text: question }, id: `${prefix}_${index}`, type: 'tool_call' } as const;
    });
    const message = new AIMessage({ content: told, tool_calls });
    return { generations: [{ text: told, message }] };
  }
}

async function ask({ messages }: State, config: RunnableConfig) {
  return { messages: [await new Obedient().bindTools([...local, ...remoteTools(config)]).invoke(messages)] };
}

/** As the guide has it: remote tools in a node of their own, before the others. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('agent', ask)
  .addNode('remote_tools', callRemoteTools)
  .addNode('tools', new ToolNode(local))
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', toolsCondition, { tools: 'remote_tools', __end__: '__end__' })
  .addEdge('remote_tools', 'tools')
  .addEdge('tools', 'agent')
  .compile();

/** All tools in one tool node, which is made for each run. */
const mixedGraph = new StateGraph(MessagesAnnotation)
  .addNode('agent', ask)
  .addNode('tools', (state, config) => new ToolNode([...local, ...remoteTools(config)]).invoke(state, config))
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', toolsCondition)
  .addEdge('tools', 'agent')
  .compile();

export const mixed = mixedGraph;

/** The same within another graph. */
export const nested = new StateGraph(MessagesAnnotation)
  .addNode('helper', mixedGraph)
  .addEdge('__start__', 'helper')
  .addEdge('helper', '__end__')
  .compile();

/** Each call in a task of its own, as LangGraph's agent has it; and beside them a question of the graph's own. */
export const apart = new StateGraph(MessagesAnnotation)
  .addNode('agent', ask)
  .addNode('tool', (state: State & { lg_tool_call: { readonly name: string } }, config: RunnableConfig) => {
    if (state.lg_tool_call.name === 'confirm') {
      const answer: unknown = interrupt('sure?');
      const call = state.lg_tool_call as unknown as { id: string };
      return { messages: [{ role: 'tool', content: `confirmed: ${String(answer)}`, tool_call_id: call.id }] };
    }
    return new ToolNode([...local, ...remoteTools(config)]).invoke(state, config);
  })
  .addEdge('__start__', 'agent')
  .addConditionalEdges(
    'agent',
    (state: State) => {
      const calls = (state.messages.at(-1) as AIMessage).tool_calls ?? [];
      return calls.length === 0 ? '__end__' : calls.map((call) => new Send('tool', { ...state, lg_tool_call: call }));
    },
    ['tool', '__end__'],
  )
  .addEdge('tool', 'agent')
  .compile();

/** Uses one tool by itself, twice with the same arguments, and asks something of its own between. */
export const direct = new StateGraph(MessagesAnnotation)
  .addNode('direct', async (_state, config) => {
    const [page] = remoteTools(config, { node: 'direct' });
    if (page === undefined) return { messages: [new AIMessage('no tool')] };
    const first: unknown = await page.invoke({ text: 'x' }, config);
    const between: unknown = interrupt('and?');
    const second: unknown = await page.invoke({ text: 'x' }, config);
    return { messages: [new AIMessage(JSON.stringify([first, between, second]))] };
  })
  .addEdge('__start__', 'direct')
  .compile();

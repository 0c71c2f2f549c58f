import { setTimeout as sleep } from 'node:timers/promises';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { interrupt, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { callRemoteTools, remoteTools } from 'agentflow';

/* Rules in the place of a model, so that a program meets all that a run can do: an answer, a question, a tool of its own, a long wait. */

type State = typeof MessagesAnnotation.State;

async function agent({ messages }: State, config: RunnableConfig): Promise<{ messages: BaseMessage[] }> {
  const last = messages.at(-1);
  if (last?.getType() === 'tool') return say(`Your client says: ${last.text}.`);
  const question = messages.findLast((message) => message.getType() === 'human')?.text ?? '';
  if (question.startsWith('Count')) return count(messages, config);
  if (question.startsWith('May I')) return say(interrupt({ question }) === true ? 'You may.' : 'You may not.');
  if (question === 'Where am I?') return callClient('where_am_i', config);
  return say(`You have said: ${question}`);
}

const say = (text: string) => ({ messages: [new AIMessage(text)] });

/** The tools of whoever runs the graph; a model would be given them by `bindTools(remoteTools(config))`. */
function callClient(name: string, config: RunnableConfig) {
  if (!remoteTools(config).some((tool) => tool.name === name))
    return say('Your client has not told me how to find out.');
  const call = { id: `call_${crypto.randomUUID()}`, name, args: { precise: true } };
  return { messages: [new AIMessage({ content: '', tool_calls: [call] })] };
}

async function count(messages: readonly BaseMessage[], { signal }: RunnableConfig) {
  await sleep(100, undefined, signal === undefined ? {} : { signal });
  const asked = messages.findLastIndex((message) => message.getType() === 'human');
  return say(String(messages.length - asked));
}

/** Goes on counting until somebody says stop. */
function next({ messages }: State): 'agent' | 'remote_tools' | '__end__' {
  const last = messages.at(-1);
  if (last instanceof AIMessage && (last.tool_calls?.length ?? 0) > 0) return 'remote_tools';
  return /^\d+$/.test(last?.text ?? '') ? 'agent' : '__end__';
}

export const app = new StateGraph(MessagesAnnotation)
  .addNode('agent', agent)
  .addNode('remote_tools', callRemoteTools)
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', next)
  .addEdge('remote_tools', 'agent')
  .compile();

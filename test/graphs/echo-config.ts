import { AIMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';

const isLangGraphsOwn = (name: string) => name.startsWith('__pregel_');

/** LangGraph's own parts of a config hold the whole run, so of them only texts are told, and else the kind. */
function toReport(name: string, value: unknown): unknown {
  return isLangGraphsOwn(name) && typeof value !== 'string' ? typeof value : value;
}

/**
 * Answers with the whole `config.configurable` that its node was given, as JSON, so that what a client put there shows;
 * and with the `names` of all in it that is not LangGraph's own.
 */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('echo', (_state: unknown, { configurable = {} }: RunnableConfig) => {
    const report = Object.entries(configurable).map(([name, value]) => [name, toReport(name, value)] as const);
    const names = Object.keys(configurable).filter((name) => !isLangGraphsOwn(name));
    return { messages: [new AIMessage(JSON.stringify({ ...Object.fromEntries(report), names }))] };
  })
  .addEdge('__start__', 'echo')
  .addEdge('echo', '__end__')
  .compile();

import { AIMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';

/** LangGraph's own parts of a config hold themselves, so of what is not plain data only the kind is told. */
function toPlain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return typeof value;
  }
}

/** Answers with the whole `config.configurable` that its node was given, as JSON: what a client put there shows. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('echo', (_state: unknown, { configurable = {} }: RunnableConfig) => {
    const report = Object.fromEntries(Object.entries(configurable).map(([name, value]) => [name, toPlain(value)]));
    return { messages: [new AIMessage(JSON.stringify(report))] };
  })
  .addEdge('__start__', 'echo')
  .addEdge('echo', '__end__')
  .compile();

import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';

/** Throws as soon as it runs. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('fail', () => {
    throw new Error('the node fails');
  })
  .addEdge('__start__', 'fail')
  .addEdge('fail', '__end__')
  .compile();

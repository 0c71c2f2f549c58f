import { AIMessage } from '@langchain/core/messages';
import { interrupt, MessagesAnnotation, StateGraph } from '@langchain/langgraph';

const ask = (name: string) => () => {
  const answer: unknown = interrupt({ from: name });
  return { messages: [new AIMessage(`${name}: ${JSON.stringify(answer)}`)] };
};

const sideBySide = new StateGraph(MessagesAnnotation)
  .addNode('left', ask('left'))
  .addNode('right', ask('right'))
  .addNode('twice', () => {
    const answers: unknown[] = [interrupt({ from: 'first' }), interrupt({ from: 'second' })];
    return { messages: [new AIMessage(`twice: ${JSON.stringify(answers)}`)] };
  })
  .addEdge('__start__', 'left')
  .addEdge('__start__', 'right')
  .addEdge(['left', 'right'], 'twice')
  .compile();

/** Asks two questions at once, and then two in one node. */
export const app = sideBySide;

/** The same within another graph. */
export const nested = new StateGraph(MessagesAnnotation)
  .addNode('inner', sideBySide)
  .addEdge('__start__', 'inner')
  .addEdge('inner', '__end__')
  .compile();

/** Stops before a node, without asking anything; the node after it asks, beside one that fails. */
export const stops = new StateGraph(MessagesAnnotation)
  .addNode('stop here', () => ({ messages: [new AIMessage('went on')] }))
  .addNode('ask', ask('beside'))
  .addNode('fail', ({ messages }) => {
    if (messages[0]?.text === 'fail') throw new Error('no such luck');
    return {};
  })
  .addEdge('__start__', 'stop here')
  .addEdge('stop here', 'ask')
  .addEdge('stop here', 'fail')
  .compile({ interruptBefore: ['stop here'] });

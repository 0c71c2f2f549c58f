import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, interrupt, MessagesAnnotation, StateGraph } from '@langchain/langgraph';

const state = Annotation.Root({ ...MessagesAnnotation.spec, decision: Annotation<unknown>() });

/** Waits for a decision and tells which it was; "open call" leaves a tool call that nobody answers, beside one that is. */
export const app = new StateGraph(state)
  .addNode('ask', ({ messages }) => {
    const text = messages.at(-1)?.text ?? '';
    if (text === 'open call') {
      const calls = ['answered', 'open'].map((id) => ({ id, name: 'look', args: {} }));
      const answer = new ToolMessage({ tool_call_id: 'answered', content: 'seen' });
      return { messages: [new AIMessage({ content: 'looking', tool_calls: calls }), answer] };
    }
    const decision: unknown = interrupt({ question: `may I ${text}?` });
    return { decision, messages: [new AIMessage(`decided: ${JSON.stringify(decision)}`)] };
  })
  .addEdge('__start__', 'ask')
  .addEdge('ask', '__end__')
  .compile();

import { AIMessage } from '@langchain/core/messages';
import { type LangGraphRunnableConfig, MessagesAnnotation, StateGraph } from '@langchain/langgraph';

/** "remember X" leaves X in the store; anything else is answered with what the store has about it. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('remember', async ({ messages }, { store }: LangGraphRunnableConfig) => {
    if (store === undefined) throw new Error('there is no store');
    const text = messages.at(-1)?.text ?? '';
    const [, fact] = /^remember (.+)$/.exec(text) ?? [];
    if (fact !== undefined) {
      await store.put(['facts', 'told'], fact, { text: fact });
      return { messages: [new AIMessage('noted')] };
    }
    const found = await store.search([], { query: text, limit: 100 });
    const texts = found.map(({ key, value }) => String(value['content'] ?? value['text'] ?? key));
    return { messages: [new AIMessage(texts.toSorted().join(' | '))] };
  })
  .addEdge('__start__', 'remember')
  .addEdge('remember', '__end__')
  .compile();

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AIMessage } from '@langchain/core/messages';
import { type LangGraphRunnableConfig, MessagesAnnotation, StateGraph } from '@langchain/langgraph';

/**
 * Answers with who runs it and what they have had remembered. "remember X" has X remembered; "wait for FILE" ends when the file is
 * there, whatever signal ends the run.
 */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }, { store, configurable }: LangGraphRunnableConfig) => {
    const text = messages.at(-1)?.text ?? '';
    const [, file] = /^wait for (.+)$/.exec(text) ?? [];
    if (file !== undefined) while (!existsSync(file)) await sleep(20);
    const [, fact] = /^remember (.+)$/.exec(text) ?? [];
    if (fact !== undefined) await store?.put(['facts'], fact, { text: fact });
    const found = (await store?.search(['facts'], { limit: 100 })) ?? [];
    const user = configurable?.['user_id'] as string;
    const memories = found.map(({ key }) => key).toSorted();
    return { messages: [new AIMessage(JSON.stringify({ user, memories, asked: text }))] };
  })
  .addEdge('__start__', 'answer')
  .addEdge('answer', '__end__')
  .compile();

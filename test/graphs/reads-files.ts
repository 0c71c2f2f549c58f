import { AIMessage } from '@langchain/core/messages';
import { type LangGraphRunnableConfig, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { fileOf } from 'agentflow';

/** Every address of a file in a message's content, or in a text. */
function addressesIn(content: unknown): readonly string[] {
  return JSON.stringify(content).match(/(?:agentflow|graph):\/\/media\/[^"\\ ]*/g) ?? [];
}

/**
 * Answers with what its node was given as the last message, and with what `fileOf` finds for every file that any message so far
 * names.
 */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }, config: LangGraphRunnableConfig) => {
    const addresses = messages
      .filter((message) => message.getType() === 'human')
      .flatMap(({ content }) => addressesIn(content));
    const files = await Promise.all(addresses.map((address) => fileOf(config, address)));
    const found = files.map((file) =>
      file === undefined ? null : { ...file, bytes: Buffer.from(file.bytes).toString('base64') },
    );
    return { messages: [new AIMessage(JSON.stringify({ given: messages.at(-1)?.content, found }))] };
  })
  .addEdge('__start__', 'answer')
  .addEdge('answer', '__end__')
  .compile();

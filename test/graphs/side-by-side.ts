import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { type LangGraphRunnableConfig, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';

/* A run that leaves work behind when it is over. What it does leaves a line in the file that USES_FILE names. */

function leaveTrace(what: string): void {
  const file = process.env['USES_FILE'];
  if (file !== undefined) appendFileSync(file, `${what}\n`);
}

const touch = tool(() => leaveTrace('touched'), {
  name: 'touch',
  description: 'Leaves a trace.',
  schema: z.object({}),
});

/** Uses a tool and the store for a second and a half, and listens to nothing. */
async function insist(config: LangGraphRunnableConfig): Promise<void> {
  for (let index = 0; index < 15; index += 1) {
    await sleep(100);
    await touch.invoke({}).catch(() => undefined);
    // LangGraph's store answers nobody any more once the graph is no longer run.
    config.store?.put(['kept'], `${index}`, { index }).catch(() => undefined);
  }
  leaveTrace('over');
}

const within = new StateGraph(MessagesAnnotation)
  .addNode('first', async () => {
    await sleep(800);
    return { messages: [new AIMessage('first')] };
  })
  .addNode('second', async () => {
    leaveTrace('second');
    return { messages: [new AIMessage('second')] };
  })
  .addEdge('__start__', 'first')
  .addEdge('first', 'second')
  .compile();

/** "stay": all that it has begun is waited for. "leave": not. "fail": a node throws while others go on beside it. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('work', async ({ messages }, config) => {
    const working = insist(config);
    if (messages.at(-1)?.text !== 'leave') await working;
    return { messages: [new AIMessage('worked')] };
  })
  .addNode('within', async ({ messages }, config) => {
    return messages.at(-1)?.text === 'leave' ? {} : within.invoke({ messages }, config);
  })
  .addNode('other', async ({ messages }) => {
    await sleep(250);
    if (messages.at(-1)?.text === 'fail') throw new Error('failed');
    return {};
  })
  .addEdge('__start__', 'work')
  .addEdge('__start__', 'within')
  .addEdge('__start__', 'other')
  .compile();

import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';

interface Plan {
  readonly text: string;
  readonly steps: number;
  readonly milliseconds: number;
  /** Does not listen to the signal that ends a run, like a node that calls something that cannot be cut off. */
  readonly isDeaf: boolean;
}

/** The latest question says how it is to be answered: "bread: 5 steps of 200 ms", or "bread: 5 deaf steps of 200 ms". */
function readPlan(messages: readonly BaseMessage[]): Plan & { readonly done: number } {
  const asked = messages.findLastIndex((message) => message.getType() === 'human');
  const text = messages[asked]?.text ?? '';
  const [, steps = '1', deaf, milliseconds = '0'] = /(\d+) (deaf )?steps of (\d+) ms/.exec(text) ?? [];
  return {
    text,
    steps: Number(steps),
    milliseconds: Number(milliseconds),
    isDeaf: deaf !== undefined,
    done: messages.length - asked - 1,
  };
}

/** One node, called again and again; each call leaves a line in the file that STEPS_FILE names, as soon as it begins. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('step', async ({ messages }, config) => {
    const { text, done, milliseconds, isDeaf } = readPlan(messages);
    const file = process.env['STEPS_FILE'];
    if (file !== undefined) appendFileSync(file, `${text}\n`);
    await sleep(milliseconds, undefined, isDeaf || config.signal === undefined ? {} : { signal: config.signal });
    return { messages: [new AIMessage(`step ${done + 1}`)] };
  })
  .addEdge('__start__', 'step')
  .addConditionalEdges('step', ({ messages }) => {
    const { done, steps } = readPlan(messages);
    return done < steps ? 'step' : '__end__';
  })
  .compile();

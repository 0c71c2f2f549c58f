import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import { tool } from '@langchain/core/tools';
import { type LangGraphRunnableConfig, MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';

/* Runs that last, and leave a line for each thing that they have really done in the file that USES_FILE names. */

function leaveTrace(what: string): void {
  const file = process.env['USES_FILE'];
  if (file !== undefined) appendFileSync(file, `${what}\n`);
}

interface Plan {
  /** Names the run in its traces. */
  readonly name: string;
  readonly way: string;
  readonly count: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly done: number;
}

/** The latest question says what is to be done: "anna: step 10 times every 50 ms", "anna: chunk 10000 times of 4000 bytes". */
function readPlan(messages: readonly BaseMessage[]): Plan {
  const asked = messages.findLastIndex((message) => message.getType() === 'human');
  const text = messages[asked]?.text ?? '';
  const [, name = 'nobody', way = 'step', count = '1'] = /^(\S+): (\w+) (\d+) times/.exec(text) ?? [];
  return {
    ...{ name, way, count: Number(count), done: messages.length - asked - 1 },
    milliseconds: Number(/every (\d+) ms/.exec(text)?.[1] ?? 0),
    bytes: Number(/of (\d+) bytes/.exec(text)?.[1] ?? 8),
  };
}

const touch = tool(
  ({ name }) => {
    leaveTrace(name);
    return 'touched';
  },
  { name: 'touch', description: 'Leaves a trace.', schema: z.object({ name: z.string() }) },
);

/** How many pieces one answer of a model has: LangChain joins them as they come, and longer ones ever more slowly. */
const piecesInAnswer = 100;

/** Says a part of what it was asked to say, in pieces. */
class Talker extends BaseChatModel {
  readonly from: number;

  constructor(from: number) {
    super({});
    this.from = from;
  }

  override _llmType(): string {
    return 'talker';
  }

  override async _generate(): Promise<ChatResult> {
    throw new Error('it only streams');
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    _options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { count, bytes, milliseconds } = readPlan(messages);
    for (let index = this.from; index < Math.min(count, this.from + piecesInAnswer); index += 1) {
      const text = `${String(index).padStart(6, '0')} `.padEnd(bytes, 'x');
      // A model's answer comes from elsewhere: between two pieces, others have their turn.
      await sleep(milliseconds);
      const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk({ content: text }) });
      yield chunk;
      await runManager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
    }
  }
}

type Way = (plan: Plan, config: LangGraphRunnableConfig, messages: BaseMessage[]) => Promise<string>;

const ways: Readonly<Record<string, Way>> = {
  /** Uses one tool, and is called again. */
  async step({ name, milliseconds, done }, config) {
    await sleep(milliseconds, undefined, config.signal === undefined ? {} : { signal: config.signal });
    await touch.invoke({ name });
    return `step ${done + 1}`;
  },
  /** Listens to nothing, passes on nothing and gives up nothing: uses the tool, the store and its config's tools again and again. */
  async insist({ name, count, milliseconds }, config) {
    for (let index = 0; index < count; index += 1) {
      await sleep(milliseconds);
      leaveTrace(`${name} tries`);
      await touch.invoke({ name }).catch(() => undefined);
      await touch.invoke({ name }, { callbacks: [] }).catch(() => undefined);
      await touch.invoke({ name }, { signal: new AbortController().signal }).catch(() => undefined);
      // LangGraph's store answers nobody any more once the graph is no longer run.
      config.store?.put(['kept'], `${index}`, { name }).catch(() => undefined);
    }
    return 'done';
  },
  async chunk({ count }, _config, messages) {
    for (let from = 0; from < count; from += piecesInAnswer) await new Talker(from).invoke(messages);
    return 'said';
  },
  /** Waits until there is the file that GATE_FILE names. */
  async gate() {
    while (!existsSync(process.env['GATE_FILE'] ?? '')) await sleep(100);
    return 'through';
  },
  /** Tells much at once. */
  async blurt({ count }) {
    return `blurted ${count}`;
  },
};

export const app = new StateGraph(MessagesAnnotation)
  .addNode('work', async ({ messages }, config) => {
    const plan = readPlan(messages);
    const text = await ways[plan.way]?.(plan, config, messages);
    const more = plan.way === 'blurt' ? plan.count : 0;
    const extra = Array.from({ length: more }, (_, index) => new AIMessage(`${index} `.padEnd(plan.bytes, 'x')));
    return { messages: [...extra, new AIMessage(text ?? 'there is no such way')] };
  })
  .addEdge('__start__', 'work')
  .addConditionalEdges('work', ({ messages }) => {
    const { way, done, count } = readPlan(messages);
    return way === 'step' && done < count ? 'work' : '__end__';
  })
  .compile();

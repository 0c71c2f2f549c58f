import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base';
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import type { Runnable } from '@langchain/core/runnables';

interface PlannedCall {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/**
 * A chat model that follows a few rules instead of a neural network: no key, no network, always the same answer. It uses
 * its tools as a real one does: it asks for a call, waits for the result, and answers from it.
 */
export class RuleModel extends BaseChatModel {
  readonly #tools: readonly string[];

  constructor(tools: readonly string[] = []) {
    super({});
    this.#tools = tools;
  }

  override _llmType(): string {
    return 'rules';
  }

  override bindTools(tools: BindToolsInput[]): Runnable<BaseLanguageModelInput, AIMessageChunk> {
    const names = tools.map((tool) => ('name' in tool && typeof tool.name === 'string' ? tool.name : ''));
    return new RuleModel(names);
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const { text, calls } = this.#decide(messages);
    const message = new AIMessage({ content: text, tool_calls: calls.map((call) => ({ ...call, type: 'tool_call' })) });
    return { generations: [{ text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    _options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { text, calls } = this.#decide(messages);
    const words = text.match(/\S+\s*/g) ?? [];
    for (const word of words) {
      const chunk = new ChatGenerationChunk({ text: word, message: new AIMessageChunk({ content: word }) });
      yield chunk;
      await runManager?.handleLLMNewToken(word, undefined, undefined, undefined, undefined, { chunk });
    }
    for (const [index, call] of calls.entries()) {
      const piece = {
        index,
        id: call.id,
        name: call.name,
        args: JSON.stringify(call.args),
        type: 'tool_call_chunk' as const,
      };
      yield new ChatGenerationChunk({
        text: '',
        message: new AIMessageChunk({ content: '', tool_call_chunks: [piece] }),
      });
    }
  }

  /** Either the tools to call, or the answer from what they said. */
  #decide(messages: readonly BaseMessage[]) {
    const last = messages.at(-1);
    const results = resultsSince(messages);
    if (last instanceof ToolMessage || last?.getType() === 'tool') return { text: results.join(' '), calls: [] };
    const calls = planCalls(last?.text ?? '')
      .filter(({ name }) => this.#tools.includes(name))
      // The same place in the same conversation always gives the same id.
      .map((call, index) => ({ ...call, id: `call_${messages.length}_${index}` }));
    if (calls.length > 0) return { text: '', calls };
    return { text: 'I can tell who you are, and calculate: try "Who am I?" or "What is 6 * 7?"', calls };
  }
}

/** What the tools have answered since the last message that was not theirs. */
function resultsSince(messages: readonly BaseMessage[]): string[] {
  const start = messages.findLastIndex((message) => message.getType() !== 'tool');
  return messages.slice(start + 1).map((message) => message.text);
}

function planCalls(question: string): PlannedCall[] {
  const sum = /(-?\d+(?:\.\d+)?)\s*([-+*/])\s*(-?\d+(?:\.\d+)?)/.exec(question);
  const calls: PlannedCall[] = [];
  if (/\b(?:who am i|whoami|my name|hello|hi)\b/i.test(question)) calls.push({ name: 'who_is_asking', args: {} });
  if (sum) calls.push({ name: 'calculate', args: { left: Number(sum[1]), operator: sum[2], right: Number(sum[3]) } });
  if (/\bpage\b/i.test(question)) calls.unshift({ name: 'read_page', args: {} });
  return calls;
}

import { AbortedError } from '../errors/error-classes.js';
import { type RemoteToolCallBlock, ToolResultBlock } from '../messages/blocks.js';
import { Message } from '../messages/message.js';
import type { ToolRegistry } from './tools.js';

export interface ToolRoundsOptions {
  /** Rounds at most: `recursion_limit`. */
  readonly limit: number;
  /** False: calls are left for whoever reads them. */
  readonly runTools: boolean;
}

/** The loop of remote tools (contract 4.4): the calls of one run are answered together, which begins the next. */
export class ToolRounds {
  readonly #registry: ToolRegistry;
  readonly #options: ToolRoundsOptions;
  readonly #open = new Map<string, RemoteToolCallBlock>();
  /** A call is answered once, also if a server tells it again. */
  readonly #answered = new Set<string>();

  constructor(registry: ToolRegistry, options: ToolRoundsOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  /** Looks for calls in a message that a run has produced. */
  see(message: Message | null): void {
    for (const block of message?.content ?? []) {
      if (block.type === 'remote_tool_call' && !this.#answered.has(block.id)) this.#open.set(block.id, block);
    }
  }

  /** Whether there are calls, and this client answers them. */
  get isAsked(): boolean {
    return this.#options.runTools && this.#open.size > 0;
  }

  /** Whether there may be no further round. */
  isOver(rounds: number): boolean {
    return rounds >= this.#options.limit;
  }

  /**
   * Runs the handlers of all open calls, one after the other, and gives their answers.
   * @throws {AbortedError} if it is aborted between two of them
   */
  async answer(threadId: string | undefined, signal: AbortSignal | undefined): Promise<Message[]> {
    const answers: Message[] = [];
    for (const call of this.#open.values()) {
      if (signal?.aborted === true) {
        throw new AbortedError('The call was aborted.', { code: 'ABORTED', cause: signal.reason });
      }
      this.#answered.add(call.id);
      answers.push(Message.tool_message([await this.#run(call, threadId, signal)]));
    }
    this.#open.clear();
    return answers;
  }

  async #run(
    { id, name, args }: RemoteToolCallBlock,
    threadId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ToolResultBlock> {
    const handler = this.#registry.handlerOf(name);
    if (handler === undefined) return failed(id, `Tool '${name}' not found`);
    try {
      const output = (await handler(args, { callId: id, name, threadId, signal })) ?? null;
      // What is no JSON fails here, where it is known which tool it was.
      const sent: unknown = JSON.parse(JSON.stringify(output) ?? 'null');
      return new ToolResultBlock({ call_id: id, output: sent, status: 'completed', is_error: false });
    } catch (error) {
      return failed(id, error instanceof Error ? error.message : String(error));
    }
  }
}

function failed(callId: string, error: string): ToolResultBlock {
  return new ToolResultBlock({ call_id: callId, output: { error }, status: 'failed', is_error: true });
}

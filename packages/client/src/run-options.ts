import type { Granularity, InvokeMeta, JsonValue } from '@agentflow/protocol';
import type { Message } from './messages/message.js';
import { type AgentState, type MessageFields, writeMessages } from './messages/wire.js';
import type { CallOptions } from './request/call-options.js';

/** How a run is asked for. The names with an underscore cross the wire as they are. */
export interface RunOptions extends CallOptions {
  readonly initial_state?: Readonly<Record<string, unknown>> | undefined;
  /** `thread_id` says on which thread; without one, a thread is started. */
  readonly config?: RunConfig | undefined;
  /** 1 to 100; 25. Also how many rounds of remote tools there may be. */
  readonly recursion_limit?: number | undefined;
  readonly response_granularity?: Granularity | undefined;
  /** The answer that an interrupted thread waits for; the messages are empty then. */
  readonly resume?: JsonValue | undefined;
  /** False: calls of remote tools are not answered, but left for whoever reads them. */
  readonly runTools?: boolean | undefined;
}

export interface RunConfig {
  readonly thread_id?: string | number | undefined;
  readonly [key: string]: unknown;
}

export interface InvokeOptions extends RunOptions {
  /** Called after each round, and waited for. */
  readonly onPartialResult?: InvokeCallback | undefined;
}

export interface StreamOptions extends RunOptions {
  /** Whether the run goes on into the thread when this reader is gone, or is cut off: `cancel`, which is the default, or `continue`. */
  readonly on_disconnect?: 'cancel' | 'continue' | undefined;
  /** Milliseconds that the stream may be silent after its first byte. */
  readonly idleTimeout?: number | undefined;
}

export interface HttpStreamOptions extends StreamOptions {
  /** `ndjson`, which is the default, or `sse`: server-sent events, with heartbeats, for what stands between and cuts off silence. */
  readonly framing?: 'ndjson' | 'sse' | undefined;
}

/** What a run has come to. */
export interface InvokeResult {
  /** The thread's last user message, and what the last round has produced. */
  messages: Message[];
  state: AgentState | null;
  context: Message[] | null;
  summary: string | null;
  meta: InvokeMeta;
  /** Of all rounds, with the answers of this client's tools between them. */
  all_messages: Message[];
  /** How many rounds it took. */
  iterations: number;
  /** Tools were asked for once more than `recursion_limit` lets. */
  recursion_limit_reached: boolean;
}

export interface InvokePartialResult
  extends Omit<InvokeResult, 'all_messages' | 'iterations' | 'recursion_limit_reached'> {
  iteration: number;
  has_tool_calls: boolean;
  is_final: boolean;
}

export type InvokeCallback = (partial: InvokePartialResult) => void | Promise<void>;

/** The body of a run's first round. */
export type RunBody = Readonly<Record<string, unknown>>;

export function writeRunBody(
  messages: readonly (Message | MessageFields)[],
  options: StreamOptions,
  granularity: Granularity,
): RunBody {
  const { initial_state, config, recursion_limit: limit, response_granularity, resume, on_disconnect } = options;
  return {
    ...(resume === undefined ? { messages: writeMessages(messages) } : { resume }),
    ...(initial_state !== undefined && { initial_state }),
    ...(config !== undefined && { config }),
    recursion_limit: limit ?? 25,
    response_granularity: response_granularity ?? granularity,
    ...(on_disconnect !== undefined && { on_disconnect }),
  };
}

/** The body of a further round: answers of tools, on the thread that the round before was on. */
export function writeFollowUp(
  { initial_state: _once, resume: _answered, ...body }: RunBody,
  answers: readonly Message[],
  threadId: string | undefined,
): RunBody {
  const config = {
    ...(body['config'] as RunConfig | undefined),
    ...(threadId !== undefined && { thread_id: threadId }),
  };
  return { ...body, messages: writeMessages(answers), config };
}

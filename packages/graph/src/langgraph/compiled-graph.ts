import type { BaseMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';

/** A task of a thread's next step, as a state snapshot lists it. */
interface SnapshotTask {
  readonly id: string;
  readonly name: string;
  readonly error?: unknown;
  readonly interrupts: readonly { readonly id?: string; readonly value?: unknown }[];
}

export interface Snapshot {
  readonly values: Readonly<Record<string, unknown>>;
  readonly next: readonly string[];
  readonly tasks: readonly SnapshotTask[];
  readonly createdAt?: string;
  readonly metadata?: { readonly step?: number };
}

interface DrawableGraph {
  readonly nodes: Readonly<Record<string, { readonly id: string; readonly name: string }>>;
  readonly edges: readonly { readonly source: string; readonly target: string }[];
}

/**
 * What we use of a compiled LangGraph.js graph. The user's graph may come from another copy of the library than ours:
 * it is known by its shape, never by its class.
 */
export interface CompiledGraph {
  readonly channels: Readonly<Record<string, unknown>>;
  readonly nodes: Readonly<Record<string, unknown>>;
  checkpointer?: BaseCheckpointSaver<string> | BaseCheckpointSaver | boolean | undefined;
  store?: unknown;
  interruptBefore?: readonly string[] | '*';
  interruptAfter?: readonly string[] | '*';
  stream(input: unknown, config: RunnableConfig & Record<string, unknown>): Promise<AsyncIterable<unknown>>;
  getState(config: RunnableConfig): Promise<Snapshot>;
  updateState(config: RunnableConfig, values: unknown, asNode?: string): Promise<RunnableConfig>;
  getGraphAsync(): Promise<DrawableGraph>;
}

export function isCompiledGraph(value: unknown): value is CompiledGraph {
  if (typeof value !== 'object' || value === null) return false;
  const graph = value as Partial<Record<keyof CompiledGraph | 'lg_is_pregel', unknown>>;
  return (
    graph.lg_is_pregel === true &&
    typeof graph.stream === 'function' &&
    typeof graph.getState === 'function' &&
    typeof graph.updateState === 'function' &&
    typeof graph.channels === 'object'
  );
}

/** The messages of a state; the channel is `messages` by LangGraph's own convention. */
export const messagesChannel = 'messages';

export function messagesOf(values: Readonly<Record<string, unknown>>): readonly BaseMessage[] {
  const value = values[messagesChannel];
  return Array.isArray(value) ? value.filter(isBaseMessage) : [];
}

export function isBaseMessage(value: unknown): value is BaseMessage {
  return typeof value === 'object' && value !== null && 'getType' in value && typeof value.getType === 'function';
}

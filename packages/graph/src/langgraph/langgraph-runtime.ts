import {
  type CheckpointStore,
  type Clock,
  ConfigurationError,
  GraphInputError,
  type GraphRuntime,
  RecursionLimitError,
  type RunRequest,
  type ThreadStateUpdate,
} from '@agentflow/core';
import type { GraphDescription, JsonObject, JsonValue } from '@agentflow/protocol';
import { RemoveMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { toAgentState } from './agent-state.js';
import { StoreCheckpointSaver } from './checkpointer.js';
import { type CompiledGraph, isCompiledGraph, messagesChannel, messagesOf, type Snapshot } from './compiled-graph.js';
import { describeGraph } from './describe-graph.js';
import { fromMessage } from './messages.js';
import { streamModes, toRunEvents } from './run-stream.js';

export interface LangGraphRuntimeParts {
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
}

/**
 * Runs a compiled LangGraph.js graph. Its threads are kept by our checkpoint store: whatever saver the graph was compiled
 * with is replaced, because it knows no owners.
 */
class LangGraphRuntime implements GraphRuntime {
  readonly engine = 'LangGraph.js';
  readonly #graph: CompiledGraph;
  readonly #description: GraphDescription;
  readonly #clock: Clock;
  readonly #checkpoints: CheckpointStore;

  constructor(graph: CompiledGraph, description: GraphDescription, { clock, checkpoints }: LangGraphRuntimeParts) {
    this.#graph = graph;
    this.#description = description;
    this.#clock = clock;
    this.#checkpoints = checkpoints;
  }

  describe(): GraphDescription {
    return this.#description;
  }

  async *run(request: RunRequest) {
    request.signal.throwIfAborted();
    const input = {
      ...this.#readFields(request.initialState ?? {}),
      [messagesChannel]: request.messages.flatMap(fromMessage),
    };
    try {
      const chunks = await this.#graph.stream(input, this.#runConfig(request));
      yield* toRunEvents(chunks, {
        request,
        nowSeconds: () => this.#nowSeconds(),
        readState: () => this.readState(request.threadUuid),
      });
    } catch (error) {
      if (isRecursionError(error)) throw new RecursionLimitError('recursion limit', { cause: error });
      throw error;
    }
    // LangGraph ends an aborted stream quietly: what was cut off must not pass for what was finished.
    request.signal.throwIfAborted();
  }

  async readState(threadUuid: string) {
    const snapshot = await this.#snapshot(threadUuid);
    return snapshot === null ? null : toAgentState(snapshot, this.#nowSeconds());
  }

  async updateState(threadUuid: string, update: ThreadStateUpdate) {
    const snapshot = await this.#snapshot(threadUuid);
    const given = Object.entries(this.#readFields(update.values)).filter(([, value]) => value !== null);
    const current = (snapshot?.values ?? {}) as Readonly<Record<string, JsonValue>>;
    const fields = Object.fromEntries(given.map(([name, value]) => [name, mergeDeep(current[name], value)]));
    const messages = update.messages.flatMap(fromMessage);
    await this.#write(threadUuid, { ...fields, ...(messages.length > 0 && { [messagesChannel]: messages }) }, snapshot);
    const state = await this.readState(threadUuid);
    if (state === null) throw new Error('the state was not saved');
    return state;
  }

  async deleteMessage(threadUuid: string, messageId: string): Promise<boolean> {
    const snapshot = await this.#snapshot(threadUuid);
    if (snapshot === null || !messagesOf(snapshot.values).some(({ id }) => id === messageId)) return false;
    await this.#write(threadUuid, { [messagesChannel]: [new RemoveMessage({ id: messageId })] }, snapshot);
    return true;
  }

  deleteState(threadUuid: string): Promise<void> {
    return this.#checkpoints.deleteThread(threadUuid);
  }

  #nowSeconds(): number {
    return this.#clock.now() / 1000;
  }

  async #snapshot(threadUuid: string): Promise<Snapshot | null> {
    const snapshot = await this.#graph.getState(threadConfig(threadUuid));
    return snapshot.createdAt === undefined ? null : snapshot;
  }

  /** As if the last node had written it; on a thread that has not run yet, as if it were input. */
  async #write(threadUuid: string, values: Record<string, unknown>, snapshot: Snapshot | null): Promise<void> {
    if (Object.keys(values).length === 0) return;
    const lastNode = snapshot === null ? '__start__' : undefined;
    try {
      await this.#graph.updateState(threadConfig(threadUuid), values, lastNode);
    } catch (error) {
      // Several nodes ran last, and LangGraph does not guess.
      if (!(error instanceof Error && error.name === 'InvalidUpdateError') || lastNode !== undefined) throw error;
      await this.#graph.updateState(threadConfig(threadUuid), values, '__start__');
    }
  }

  /** @throws {GraphInputError} for a field that the graph's state does not have */
  #readFields(values: JsonObject): JsonObject {
    for (const name of Object.keys(values)) {
      const isField = this.#description.info.state_fields.includes(name);
      if (!isField || name === messagesChannel)
        throw new GraphInputError([name], 'the state of this graph has no such field');
    }
    return values;
  }

  /** Only here does a config for the graph come into being; what the server sets is set last. */
  #runConfig({ config, user, threadUuid, runId, recursionLimit, signal }: RunRequest) {
    return {
      configurable: {
        ...config,
        thread_id: threadUuid,
        user,
        user_id: user.user_id,
        // LangGraph Platform's names for the same, so that a graph written for it finds them.
        langgraph_auth_user: { ...user, identity: user.user_id, permissions: user.scopes ?? [] },
        langgraph_auth_user_id: user.user_id,
      },
      runId,
      recursionLimit,
      signal,
      streamMode: [...streamModes],
    };
  }
}

function threadConfig(threadUuid: string): RunnableConfig {
  return { configurable: { thread_id: threadUuid } };
}

/** Objects are merged member by member, everything else is replaced. */
function mergeDeep(current: JsonValue | undefined, given: JsonValue): JsonValue {
  if (!isObject(current) || !isObject(given)) return given;
  const merged = new Map(Object.entries(current));
  for (const [name, value] of Object.entries(given)) {
    if (value !== null) merged.set(name, mergeDeep(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecursionError(error: unknown): boolean {
  return error instanceof Error && 'lc_error_code' in error && error.lc_error_code === 'GRAPH_RECURSION_LIMIT';
}

/**
 * Makes the runtime of what `agent` in the file led to.
 * @throws {ConfigurationError} if it is no compiled graph, or one that cannot hold a conversation
 */
export async function createLangGraphRuntime(
  graph: unknown,
  path: string,
  parts: LangGraphRuntimeParts,
): Promise<GraphRuntime> {
  if (!isCompiledGraph(graph)) {
    throw new ConfigurationError([
      {
        path: ['agent'],
        message: `${path} is ${describeValue(graph)}, not a compiled LangGraph.js graph`,
        remedy: 'Export the result of .compile(), or a function without arguments that returns it.',
      },
    ]);
  }
  if (!Object.hasOwn(graph.channels, messagesChannel)) {
    throw new ConfigurationError([
      {
        path: ['agent'],
        message: `the state of ${path} has no field "${messagesChannel}"`,
        remedy: 'Build the state on MessagesAnnotation, or add a "messages" field with the messages reducer.',
      },
    ]);
  }
  graph.checkpointer = new StoreCheckpointSaver(parts.checkpoints);
  return new LangGraphRuntime(graph, await describeGraph(graph), parts);
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if ('compile' in value) return 'a graph that has not been compiled';
  return `an object of class ${value.constructor?.name ?? 'Object'}`;
}

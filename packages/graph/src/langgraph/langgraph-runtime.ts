import {
  type CheckpointStore,
  type Clock,
  ConfigurationError,
  GraphInputError,
  type GraphRuntime,
  type Log,
  RecursionLimitError,
  type RunRequest,
  type ThreadStateUpdate,
} from '@agentflow/core';
import type { GraphDescription, GraphToolsOfNode, JsonObject, JsonValue } from '@agentflow/protocol';
import { RemoveMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { createConfigurable } from '../configurable.js';
import type { GraphRuntimeParts } from '../create-runtime.js';
import { toAgentState } from './agent-state.js';
import { StoreCheckpointSaver } from './checkpointer.js';
import { type CompiledGraph, messagesChannel, messagesOf, type Snapshot } from './compiled-graph.js';
import { describeGraph } from './describe-graph.js';
import { describeState } from './describe-state.js';
import { describeTools } from './describe-tools.js';
import { guardNodes } from './guard-nodes.js';
import { GuardedRun, streamWithin } from './guarded-run.js';
import { MemoryBaseStore } from './memory-base-store.js';
import { mergeDeep } from './merge-deep.js';
import { fromMessage } from './messages.js';
import { hasQuestions, interruptChannel, questionsOf, withoutAnswered } from './questions.js';
import { findInterrupt, type RemoteToolsInConfig, remoteToolsKey } from './remote-tools-of-run.js';
import { resumeInput } from './resume.js';
import { streamModes, toRunEvents } from './run-stream.js';
import { guardTools } from './tool-classes.js';
import { hasGraphWithin } from './tools-in-graph.js';
import { UnaskedTools } from './unasked-tools.js';

/** A graph, and what is found out about it once. */
interface KnownGraph {
  readonly graph: CompiledGraph;
  readonly description: GraphDescription;
  readonly interrupt: RemoteToolsInConfig['interrupt'];
}

/**
 * Runs a compiled LangGraph.js graph. Its threads are kept by our checkpoint store: whatever saver the graph was compiled
 * with is replaced, because it knows no owners.
 */
class LangGraphRuntime implements GraphRuntime {
  readonly engine = 'LangGraph.js';
  readonly canPause = true;
  readonly #graph: CompiledGraph;
  readonly #description: GraphDescription;
  readonly stateSchema: JsonObject;
  readonly #clock: Clock;
  readonly #checkpoints: CheckpointStore;
  readonly #log: Log;
  readonly #saver: StoreCheckpointSaver;
  readonly #interrupt: RemoteToolsInConfig['interrupt'];
  readonly tools: readonly GraphToolsOfNode[];
  readonly #hasGraphWithin: boolean;

  constructor(
    { graph, description, interrupt }: KnownGraph,
    saver: StoreCheckpointSaver,
    { clock, checkpoints, log }: GraphRuntimeParts,
  ) {
    this.#graph = graph;
    this.#description = description;
    this.#interrupt = interrupt;
    this.#saver = saver;
    this.tools = describeTools(graph);
    this.#hasGraphWithin = hasGraphWithin(graph);
    this.stateSchema = describeState(description.info.state_fields);
    this.#clock = clock;
    this.#checkpoints = checkpoints;
    this.#log = log;
  }

  describe(): GraphDescription {
    return this.#description;
  }

  checkInput(initialState: JsonObject | null): void {
    this.#readFields(initialState ?? {});
  }

  async *run(request: RunRequest) {
    request.signal.throwIfAborted();
    const input = this.#inputOf(request);
    const told = await this.#toldBefore(request);
    const guarded = new GuardedRun(request.guard, request.signal);
    try {
      const chunks = this.#start(input, request, guarded);
      yield* toRunEvents(chunks, {
        request,
        told,
        nowSeconds: () => this.#nowSeconds(),
        readState: () => this.readState(request.threadUuid),
      });
    } catch (error) {
      guarded.signal.throwIfAborted();
      if (isRecursionError(error)) throw new RecursionLimitError('recursion limit', { cause: error });
      throw error;
    }
    // LangGraph ends an aborted stream quietly: what was cut off must not pass for what was finished.
    guarded.signal.throwIfAborted();
    request.signal.throwIfAborted();
  }

  /** A run that is gone on with may hand in again what the thread has, and so does a graph within the graph. */
  async #toldBefore({ messages, resume, threadUuid }: RunRequest): Promise<readonly string[]> {
    const sent = messages.map(({ message_id: id }) => id);
    if (resume === null && !this.#hasGraphWithin) return sent;
    const snapshot = await this.#snapshot(threadUuid);
    return [...sent, ...messagesOf(snapshot?.values ?? {}).flatMap(({ id }) => id ?? [])];
  }

  #start(input: unknown, request: RunRequest, guarded: GuardedRun): AsyncIterable<unknown> {
    const config = this.#runConfig(request);
    const signal = AbortSignal.any([request.signal, guarded.signal]);
    const callbacks = [new UnaskedTools(guarded, this.#log)];
    return streamWithin(guarded, () => this.#graph.stream(input, { ...config, signal, callbacks }));
  }

  /** What the graph goes on with: new messages, or the answer that it waits for. */
  #inputOf({ resume, initialState, messages }: RunRequest): unknown {
    if (resume !== null) return resumeInput(resume);
    return { ...this.#readFields(initialState ?? {}), [messagesChannel]: messages.flatMap(fromMessage) };
  }

  async readQuestions(threadUuid: string) {
    // Of the threads that go on, few wait, and their whole state need not be read to see it.
    if (!(await this.#checkpoints.hasPendingWrite(threadUuid, '', interruptChannel))) return [];
    const snapshot = await this.#snapshot(threadUuid);
    return snapshot === null ? [] : questionsOf(snapshot);
  }

  async dropQuestions(threadUuid: string): Promise<void> {
    await this.#graph.updateState(threadConfig(threadUuid), null, '__end__');
  }

  async readState(threadUuid: string) {
    const snapshot = await this.#snapshot(threadUuid);
    return snapshot === null ? null : toAgentState(snapshot, this.#translation());
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

  async deleteMessages(threadUuid: string, messageIds: readonly string[]): Promise<number> {
    const snapshot = await this.#snapshot(threadUuid);
    const there = new Set(messagesOf(snapshot?.values ?? {}).map(({ id }) => id));
    const found = messageIds.filter((id) => there.has(id));
    if (found.length === 0) return 0;
    await this.#write(threadUuid, { [messagesChannel]: found.map((id) => new RemoveMessage({ id })) }, snapshot);
    return found.length;
  }

  deleteState(threadUuid: string): Promise<void> {
    return this.#checkpoints.deleteState(threadUuid);
  }

  #translation() {
    const { interrupt_before: before, interrupt_after: after } = this.#description.info;
    return { nowSeconds: this.#nowSeconds(), hasBreakpoints: before.length + after.length > 0 };
  }

  #nowSeconds(): number {
    return this.#clock.now() / 1000;
  }

  async #snapshot(threadUuid: string): Promise<Snapshot | null> {
    const config = threadConfig(threadUuid);
    const snapshot = await this.#graph.getState(config);
    if (snapshot.createdAt === undefined) return null;
    return hasQuestions(snapshot) ? withoutAnswered(snapshot, await this.#saver.getTuple(config)) : snapshot;
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

  #remoteToolsOf({ remoteTools }: RunRequest): RemoteToolsInConfig {
    return { ...remoteTools, interrupt: this.#interrupt };
  }

  #runConfig(request: RunRequest) {
    const { memories, runId, recursionLimit, signal } = request;
    return {
      configurable: { ...createConfigurable(request), [remoteToolsKey]: this.#remoteToolsOf(request) },
      runId,
      recursionLimit,
      signal,
      // Before the graph's own: that one would be everybody's.
      store: new MemoryBaseStore(memories),
      streamMode: [...streamModes],
    };
  }
}

function threadConfig(threadUuid: string): RunnableConfig {
  return { configurable: { thread_id: threadUuid } };
}

function isRecursionError(error: unknown): boolean {
  return error instanceof Error && 'lc_error_code' in error && error.lc_error_code === 'GRAPH_RECURSION_LIMIT';
}

/**
 * Makes the runtime of a compiled graph.
 * @throws {ConfigurationError} if it cannot hold a conversation
 */
export async function createLangGraphRuntime(
  graph: CompiledGraph,
  path: string,
  parts: GraphRuntimeParts,
): Promise<GraphRuntime> {
  if (!Object.hasOwn(graph.channels, messagesChannel)) {
    throw new ConfigurationError([
      {
        path: ['agent'],
        message: `the state of ${path} has no field "${messagesChannel}"`,
        remedy: 'Build the state on MessagesAnnotation, or add a "messages" field with the messages reducer.',
      },
    ]);
  }
  await guardUses(graph, parts);
  const saver = new StoreCheckpointSaver(parts.checkpoints);
  graph.checkpointer = saver;
  const [description, interrupt] = await Promise.all([describeGraph(graph), findInterrupt(parts.importBeside)]);
  return new LangGraphRuntime({ graph, description, interrupt }, saver, parts);
}

/** @throws {ConfigurationError} where this LangGraph has no place to ask at: what cannot be guarded is not served as if it were */
async function guardUses(graph: CompiledGraph, { guarded, importBeside, log }: GraphRuntimeParts): Promise<void> {
  try {
    guardNodes(graph);
    await guardTools(graph, importBeside);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (guarded.size === 0) {
      log.warn({}, `code of this graph may use tools after its run has ended: ${error.message}`);
      return;
    }
    const message = `the graph cannot be guarded: ${error.message}`;
    const remedy = 'Use a version of LangGraph.js that agentflow knows, or leave "guard" out.';
    throw new ConfigurationError([{ path: ['guard'], message, remedy }], { cause: error });
  }
}

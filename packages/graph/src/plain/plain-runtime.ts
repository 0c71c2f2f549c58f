import { randomUUID } from 'node:crypto';
import type { CheckpointStore, Clock, GraphRuntime, RunEvent, RunRequest, ThreadStateUpdate } from '@agentflow/core';
import type { GraphDescription, JsonObject, Message } from '@agentflow/protocol';
import { createConfigurable } from '../configurable.js';
import type { GraphRuntimeParts } from '../create-runtime.js';
import { describeState } from '../langgraph/describe-state.js';
import { MemoryBaseStore } from '../langgraph/memory-base-store.js';
import { type PlainAnswer, readAnswer, readPiece, toAssistant } from './plain-answer.js';
import type { PlainGraph, PlainInput, PlainMessage } from './plain-graph.js';
import { emptyState, type PlainState, readState, toAgentState, writeState } from './plain-state.js';

/** The one node that clients see. */
const node = 'graph';

/**
 * Runs any object with `invoke`, and perhaps `stream`. It remembers nothing: each run is given the whole thread, and what it
 * answers is added. The question is kept before it is asked, so that it is not lost where the answer is.
 */
class PlainRuntime implements GraphRuntime {
  readonly engine = 'plain object';
  readonly stateSchema: JsonObject = describeState([]);
  readonly canPause = false;
  readonly tools = [];
  readonly #graph: PlainGraph;
  readonly #checkpoints: CheckpointStore;
  readonly #clock: Clock;
  readonly #description: GraphDescription;

  constructor(graph: PlainGraph, { checkpoints, clock }: GraphRuntimeParts) {
    this.#graph = graph;
    this.#checkpoints = checkpoints;
    this.#clock = clock;
    this.#description = describePlainGraph();
  }

  describe(): GraphDescription {
    return this.#description;
  }

  /** A plain graph's fields are whatever it takes. */
  checkInput(): void {}

  async *run(request: RunRequest): AsyncGenerator<RunEvent, void, undefined> {
    const { threadUuid, signal, messages, initialState } = request;
    signal.throwIfAborted();
    const before = (await this.#read(threadUuid)) ?? emptyState;
    const asked = {
      ...before,
      messages: [...before.messages, ...messages],
      values: { ...before.values, ...initialState },
    };
    await writeState(this.#checkpoints, threadUuid, asked);
    const answer = yield* this.#ask(toInput(asked), request);
    const known = new Set(asked.messages.map(({ message_id: id }) => id));
    const added = answer.messages.filter(({ message_id: id }) => !known.has(id));
    const after = {
      messages: [...asked.messages, ...added],
      values: { ...asked.values, ...answer.values },
      step: asked.step + 1,
    };
    await writeState(this.#checkpoints, threadUuid, after);
    for (const message of added) yield { kind: 'message', message, node };
    yield { kind: 'node', node, step: after.step };
    if (request.withStates) yield { kind: 'state', state: toAgentState(after) };
  }

  async *#ask(input: PlainInput, request: RunRequest): AsyncGenerator<RunEvent, PlainAnswer, undefined> {
    const { signal } = request;
    const config = {
      configurable: createConfigurable(request),
      ...{ signal, runId: request.runId, recursionLimit: request.recursionLimit },
      store: new MemoryBaseStore(request.memories),
    };
    if (this.#graph.stream === undefined) {
      const answer = await untilAborted(Promise.resolve(this.#graph.invoke(input, config)), signal);
      return readAnswer(answer, this.#nowSeconds());
    }
    const chunks = await untilAborted(Promise.resolve(this.#graph.stream(input, config)), signal);
    if (!isAsyncIterable(chunks)) throw new TypeError('stream() of the graph has not answered with an async iterable');
    return yield* this.#readStream(chunks, signal);
  }

  /** Pieces of a text become one message, told piece by piece; what comes whole is taken as it is. */
  async *#readStream(
    chunks: AsyncIterable<unknown>,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent, PlainAnswer, undefined> {
    const id: string = randomUUID();
    const whole: Message[] = [];
    let values: JsonObject = {};
    let text = '';
    let placeOfText = 0;
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const result = await untilAborted(iterator.next(), signal);
        if (result.done === true) break;
        const piece = readPiece(result.value);
        if (piece === undefined) {
          const answer = readAnswer(result.value, this.#nowSeconds());
          whole.push(...answer.messages);
          values = { ...values, ...answer.values };
        } else if (piece !== '') {
          if (text === '') placeOfText = whole.length;
          text += piece;
          const message = { ...toAssistant(piece, this.#nowSeconds(), id), delta: true };
          yield { kind: 'message', message, node };
        }
      }
    } finally {
      // Not waited for: whoever hangs in the middle of a piece would hang here too.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
    if (text !== '') whole.splice(placeOfText, 0, toAssistant(text, this.#nowSeconds(), id));
    return { messages: whole, values };
  }

  /** A plain object cannot pause. */
  async readQuestions(): Promise<readonly []> {
    return [];
  }

  async dropQuestions(): Promise<void> {}

  async readState(threadUuid: string) {
    const state = await this.#read(threadUuid);
    return state === null ? null : toAgentState(state);
  }

  async updateState(threadUuid: string, update: ThreadStateUpdate) {
    const state = (await this.#read(threadUuid)) ?? emptyState;
    const given = Object.entries(update.values).filter(([, value]) => value !== null);
    const values = { ...state.values, ...Object.fromEntries(given) };
    const after = { ...state, messages: [...state.messages, ...update.messages], values };
    await writeState(this.#checkpoints, threadUuid, after);
    return toAgentState(after);
  }

  async deleteMessages(threadUuid: string, messageIds: readonly string[]): Promise<number> {
    const state = await this.#read(threadUuid);
    const left = (state?.messages ?? []).filter(({ message_id: id }) => !messageIds.includes(id));
    const removed = (state?.messages.length ?? 0) - left.length;
    if (state !== null && removed > 0) await writeState(this.#checkpoints, threadUuid, { ...state, messages: left });
    return removed;
  }

  deleteState(threadUuid: string): Promise<void> {
    return this.#checkpoints.deleteState(threadUuid);
  }

  #read(threadUuid: string): Promise<PlainState | null> {
    return readState(this.#checkpoints, threadUuid);
  }

  #nowSeconds(): number {
    return this.#clock.now() / 1000;
  }
}

export function createPlainRuntime(graph: PlainGraph, parts: GraphRuntimeParts): GraphRuntime {
  return new PlainRuntime(graph, parts);
}

function toInput({ messages, values }: PlainState): PlainInput {
  return { ...values, messages: messages.map(toPlainMessage) as never };
}

function toPlainMessage({ message_id: id, role, content }: Message): PlainMessage {
  const isText = content.every(({ type }) => type === 'text');
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  return { id, role, content: isText ? text : content };
}

/** Somebody else's code may not listen to the signal: then it is left alone, and nothing that it says later is heard. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    if (signal.aborted) throw signal.reason;
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function describePlainGraph(): GraphDescription {
  const nodes = ['__start__', node, '__end__'].map((name) => ({ id: randomUUID() as string, name }));
  const edges = nodes.slice(1).map(({ id: target }, index) => {
    return { id: randomUUID(), source: nodes[index]?.id ?? target, target };
  });
  return {
    info: {
      ...{ node_count: nodes.length, edge_count: edges.length, checkpointer: true, store: true, publisher: false },
      ...{ checkpointer_type: 'AgentflowCheckpointer', interrupt_before: [], interrupt_after: [], context_type: null },
      ...{ id_generator: 'uuid4', id_type: 'string', state_type: 'AgentState', state_fields: ['messages'] },
      is_realtime: false,
    },
    nodes,
    edges,
  };
}

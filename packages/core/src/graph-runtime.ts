import type {
  AgentState,
  GraphDescription,
  GraphToolsOfNode,
  JsonObject,
  JsonValue,
  Message,
} from '@agentflow/protocol';
import type { RemoteTool, RemoteToolCall } from './remote-tools.js';
import type { OwnedMemories } from './stores/memory-store.js';
import type { UseGuard } from './use-guard.js';
import type { User } from './user.js';

/** One run of the graph on one thread. Everything in it is authorized already. */
export interface RunRequest {
  readonly runId: string;
  /** The thread's own uuid, which no client chooses. */
  readonly threadUuid: string;
  /** The thread's id as whoever runs on it writes it. */
  readonly threadId: string;
  readonly messages: readonly Message[];
  /** What an interrupted run goes on with; null where the run begins anew, with messages. */
  readonly resume: Resumption | null;
  /** Fields of the graph's own state. */
  readonly initialState: JsonObject | null;
  /** The client's `config`, cleaned of everything that only the server may set. */
  readonly config: JsonObject;
  readonly user: User;
  /** What the caller has had remembered; nobody else's. */
  readonly memories: OwnedMemories;
  /** The tools that whoever runs it has their client run. */
  readonly remoteTools: RemoteToolsOfRun;
  readonly recursionLimit: number;
  /** Whether `state` events are wanted; they cost a translation of the whole state after every step. */
  readonly withStates: boolean;
  /** Whether nodes and tools may be used: asked before each of them starts. */
  readonly guard: UseGuard;
  /** Ends the run: no node and no tool starts after it. */
  readonly signal: AbortSignal;
}

/** The answers to questions that wait, each once. None, where a run stopped at a place that the graph was compiled to stop at. */
export interface Resumption {
  readonly answers: readonly { readonly questionId: string | null; readonly value: JsonValue }[];
}

export interface RemoteToolsOfRun {
  readonly tools: readonly RemoteTool[];
  /** Whose client runs them: `keyOfOwner` of whoever runs the graph. */
  readonly askedOf: string;
}

/** What a thread waits for: the answer to an interrupt. */
export interface Question {
  /** The engine's own; null where it has none. */
  readonly id: string | null;
  readonly value: JsonValue;
  /** Where it asks for nothing but that a client runs tools. */
  readonly remoteCalls: readonly RemoteToolCall[] | undefined;
}

/** What a run tells while it goes on. */
export type RunEvent =
  /** A whole message, or (`delta`) a piece of one that is being written; `remote` goes beside the call of a client's tool. */
  | { readonly kind: 'message'; readonly message: Message; readonly node: string | null; readonly remote?: JsonObject }
  | { readonly kind: 'node'; readonly node: string; readonly step: number }
  | { readonly kind: 'state'; readonly state: AgentState };

export interface ThreadStateUpdate {
  /** Appended. */
  readonly messages: readonly Message[];
  /** Merged into the graph's own fields: objects deeply, null ignored. */
  readonly values: JsonObject;
}

/** The graph cannot take this input: a fault of the request. `path` says where in the body. */
export class GraphInputError extends Error {
  override readonly name = 'GraphInputError';
  readonly path: readonly (string | number)[];
  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

/** The run is over, whether its code has noticed or not: what it still does uses nothing and keeps nothing. */
export class RunEndedError extends Error {
  /** Read by LangGraph and LangChain, which try nothing again that was aborted. */
  override readonly name = 'AbortError';
  constructor() {
    super('The run has ended.');
  }
}

/** The run took more steps than its limit. */
export class RecursionLimitError extends Error {
  override readonly name = 'RecursionLimitError';
}

/**
 * An engine that runs one graph and keeps the state of its threads. It knows nothing of owners:
 * whoever calls it has found the thread in the caller's own.
 */
export interface GraphRuntime {
  /** `LangGraph.js`, for the start's output. */
  readonly engine: string;
  describe(): GraphDescription;
  /** The JSON Schema of a thread's state, as far as the graph says what it holds. */
  readonly stateSchema: JsonObject;
  /**
   * Whether the graph's state has these fields; asked before a run leaves any trace.
   * @throws {GraphInputError}
   */
  checkInput(initialState: JsonObject | null): void;
  /**
   * Runs the graph and tells what happens, in order; ends when the run has ended and its state is saved.
   * @throws {GraphInputError} {@link RecursionLimitError} {@link UseRefusedError}, the signal's reason, or what the graph threw
   */
  run(request: RunRequest): AsyncIterable<RunEvent>;
  /** Whether a run can wait for an answer, and go on with it. */
  readonly canPause: boolean;
  /** The tools that are the graph's own, by node. */
  readonly tools: readonly GraphToolsOfNode[];
  /** What a thread waits for, in the order in which it was asked. */
  readQuestions(threadUuid: string): Promise<readonly Question[]>;
  /** Lets a thread wait for nothing any more: what was asked is never answered. */
  dropQuestions(threadUuid: string): Promise<void>;
  /** Null where the thread has no state yet. */
  readState(threadUuid: string): Promise<AgentState | null>;
  /** @throws {GraphInputError} */
  updateState(threadUuid: string, update: ThreadStateUpdate): Promise<AgentState>;
  /** How many of them there were. */
  deleteMessages(threadUuid: string, messageIds: readonly string[]): Promise<number>;
  deleteState(threadUuid: string): Promise<void>;
}

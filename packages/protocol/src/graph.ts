import type { JsonObject, JsonValue, Message } from './messages.js';

/** How much of a run the caller wants to see. */
export type Granularity = 'full' | 'partial' | 'low';

export type RunStatus = 'running' | 'interrupted_before' | 'interrupted_after' | 'completed' | 'error';

/** What the engine knows about the last run of a thread. */
export interface ExecutionMeta {
  readonly current_node: string;
  readonly step: number;
  readonly status: RunStatus;
  readonly interrupted_node: string | null;
  readonly interrupt_reason: string | null;
  readonly interrupt_data: JsonValue;
  readonly thread_id: string | null;
  readonly stop_current_execution: 'none' | 'stop_requested' | 'stopped';
  readonly internal_data: JsonObject;
}

/** The state of a thread: its messages, what the engine knows, and the graph's own fields beside them. */
export interface AgentState {
  readonly context: readonly Message[];
  readonly context_summary: string | null;
  readonly execution_meta: ExecutionMeta;
  readonly [field: string]: unknown;
}

export interface InvokeResponse {
  readonly messages: readonly Message[];
  readonly state: AgentState | null;
  readonly context: readonly Message[] | null;
  readonly summary: string | null;
  readonly meta: InvokeMeta;
}

/** AgentFlow has the first two. */
export interface InvokeMeta {
  readonly is_new_thread: boolean;
  readonly thread_id: string;
  readonly run_id: string;
  /** How the run ended. An interrupted one waits for an answer: send it as `resume`, on the same thread. */
  readonly status: 'completed' | 'interrupted' | 'stopped';
  /** What the graph asks for, where it is interrupted. */
  readonly interrupt: JsonValue;
  /** Each question that waits, with its id. `resume` answers the first, or those whose ids are the names of an object. */
  readonly interrupts: readonly { readonly id: string | null; readonly value: JsonValue }[];
}

/** One line of a stream. Absent parts are null. `timestamp` is in seconds. */
export interface StreamChunk {
  readonly event: 'message' | 'state' | 'updates' | 'error';
  readonly message: Message | null;
  readonly state: AgentState | null;
  readonly data: JsonObject;
  readonly thread_id: string;
  readonly run_id: string;
  readonly metadata: JsonObject;
  readonly timestamp: number;
}

export interface GraphDescription {
  readonly info: {
    readonly node_count: number;
    readonly edge_count: number;
    readonly checkpointer: boolean;
    readonly checkpointer_type: string | null;
    readonly publisher: boolean;
    readonly store: boolean;
    readonly interrupt_before: readonly string[];
    readonly interrupt_after: readonly string[];
    readonly context_type: string | null;
    readonly id_generator: string;
    readonly id_type: string;
    readonly state_type: string;
    readonly state_fields: readonly string[];
    readonly is_realtime: boolean;
  };
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
  readonly edges: readonly { readonly id: string; readonly source: string; readonly target: string }[];
}

import type { JsonValue } from './messages.js';
import type { RunState } from './runs.js';

/** What is known of the runs of a thread. */
export interface Observability {
  readonly thread_id: string;
  readonly run_count: number;
  /** The latest first, and of many only the latest. */
  readonly run_ids: readonly string[];
  /** The one that was asked for, else the latest; null where there was none. */
  readonly run: ObservedRun | null;
}

/** Times are RFC 3339 in UTC. Of what happens inside a run nothing is kept: there it is empty, 0 or null. */
export interface ObservedRun {
  readonly run_id: string;
  readonly thread_id: string;
  readonly status: RunState;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly spans: readonly JsonValue[];
  readonly events: readonly JsonValue[];
  readonly usage: null;
  readonly llm_calls: number;
  readonly tool_calls: number;
  readonly iterations: number;
}

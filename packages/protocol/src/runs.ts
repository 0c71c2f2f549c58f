/** Where a run stands. `stopped` ended because somebody asked for it, or left. */
export type RunState = 'running' | 'interrupted' | 'completed' | 'error' | 'stopped';

/** One of the caller's runs. Times are RFC 3339 in UTC. */
export interface RunSummary {
  readonly run_id: string;
  readonly thread_id: string;
  readonly status: RunState;
  /** Why it did not complete; null where it did, or has not ended. */
  readonly reason: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
}

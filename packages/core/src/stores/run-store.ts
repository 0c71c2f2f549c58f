import type { RunState } from '@agentflow/protocol';
import type { Filter } from '../filter.js';
import type { OwnerKey } from '../principal.js';
import type { Page } from './page.js';

/** One run of the graph on a thread. */
export interface Run {
  readonly runId: string;
  /** The id of its thread, as the run's owner writes it. */
  readonly threadId: string;
  readonly status: RunState;
  /** Why it did not complete, in words that its owner may read. */
  readonly reason: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** A run that begins now, under a hold on its thread. */
export interface NewRun {
  readonly runId: string;
  /** Whoever had the graph run: on a thread that is shared, not its owner. */
  readonly owner: OwnerKey;
  readonly threadUuid: string;
  /** What the run's owner calls the thread. */
  readonly threadId: string;
  /** Of the hold. */
  readonly holder: string;
}

export interface RunQuery extends Page {
  readonly threadId?: string | undefined;
  readonly status?: RunState | undefined;
  /** Only these. */
  readonly among?: Filter | undefined;
}

/**
 * Runs, always within one owner, or one thread. A run whose process died is told as failed as soon as its hold on the thread is over: nobody
 * is left to write so.
 */
export interface RunStore {
  start(run: NewRun): Promise<void>;
  end(runId: string, status: Exclude<RunState, 'running'>, reason: string | null): Promise<void>;
  find(owner: OwnerKey, runId: string): Promise<Run | undefined>;
  /** Whoever started them: the thread was found for whoever asks. The latest first, of many only the latest. */
  ofThread(threadUuid: string): Promise<{ readonly count: number; readonly latest: readonly Run[] }>;
  findInThread(threadUuid: string, runId: string): Promise<Run | undefined>;
  /** The latest first. */
  list(owner: OwnerKey, query: RunQuery): Promise<readonly Run[]>;
}

import type { JsonValue } from '@agentflow/protocol';
import type { AgentFlowError } from '../errors/agentflow-error.js';
import { errorFromChunk } from '../errors/create-error.js';
import type { StreamChunk } from './stream-chunk.js';

/** How far a stream has come. */
export interface StreamProgress {
  /** Of the run that came last; undefined where none has begun. */
  readonly threadId: string | undefined;
  readonly runId: string | undefined;
  /** How many runs it took: one, and one more for each time that tools of this client were asked for. */
  readonly rounds: number;
}

/** Why a stream has ended. */
export type StreamEnd = StreamProgress &
  (
    | { readonly reason: 'completed' }
    /** The graph waits. `interrupt` is what it asks for; answer it with `resume` on this thread. */
    | {
        readonly reason: 'interrupted';
        readonly interrupt: JsonValue;
        /** Each question that waits, where the server tells them apart. */
        readonly interrupts: readonly { readonly id: string | null; readonly value: JsonValue }[];
        /** Tools of this client were asked for once more than `recursion_limit` lets. */
        readonly recursionLimitReached: boolean;
      }
    /** Somebody has asked the run to stop. */
    | { readonly reason: 'stopped' }
    /** The run has failed, or the right to see it has ended: `error` is of the class of the same refusal as an answer. */
    | { readonly reason: 'error'; readonly error: Error }
    /** The reader has ended it: by its signal, by `abort`, or by leaving the loop. */
    | { readonly reason: 'aborted' }
  );

/** Follows the runs of a stream by their chunks. */
export class RunWatch implements StreamProgress {
  threadId: string | undefined;
  runId: string | undefined;
  rounds = 0;
  #error: AgentFlowError | undefined;
  #final: StreamChunk['data'] | undefined;

  /** Another run begins. */
  begin(): void {
    this.rounds += 1;
    this.#final = undefined;
  }

  see(chunk: StreamChunk): void {
    const named = chunk.thread_id || chunk.metadata['thread_id'];
    if (typeof named === 'string' && named !== '') this.threadId = named;
    if (typeof chunk.run_id === 'string' && chunk.run_id !== '') this.runId = chunk.run_id;
    this.#error ??= errorFromChunk(chunk);
    if (chunk.event === 'updates' && chunk.data['status'] === 'graph_invoked') this.#final = chunk.data;
  }

  /** The error that the run ended with. */
  get error(): AgentFlowError | undefined {
    return this.#error;
  }

  /** Whether the run has said how it ended. */
  get hasEnded(): boolean {
    return this.#error !== undefined || this.#final !== undefined;
  }

  get progress(): StreamProgress {
    return { threadId: this.threadId, runId: this.runId, rounds: this.rounds };
  }

  end(recursionLimitReached: boolean): StreamEnd {
    const { progress } = this;
    if (this.#error !== undefined) return { ...progress, reason: 'error', error: this.#error };
    const { is_interrupted: isInterrupted, interrupt = null, interrupts: told, reason } = this.#final ?? {};
    if (isInterrupted === true || recursionLimitReached) {
      const interrupts = (Array.isArray(told) ? told : []) as Extract<
        StreamEnd,
        { reason: 'interrupted' }
      >['interrupts'];
      return { ...progress, reason: 'interrupted', interrupt, interrupts, recursionLimitReached };
    }
    return { ...progress, reason: reason === 'stopped' ? 'stopped' : 'completed' };
  }
}

import type { Observability, ObservedRun } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { NotFoundError } from '../../errors.js';
import type { Run, RunStore } from '../../stores/run-store.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';
import type { ReachParts } from './reach-thread.js';
import { printable, type RouteInputs, readInput } from './read-input.js';
import { findThread, threadIdOf } from './thread-entry.js';

const querySchema = z.object({ run_id: printable.optional() });

export const observabilityInputs = { readObservability: { query: querySchema } } satisfies RouteInputs;

export type ObservabilityParts = ReachParts & { readonly runs: RunStore };

/**
 * The runs of a thread (contract 1.3), for whoever may read it: on one that is shared, also those that others have started there. What
 * happened inside a run is not kept.
 */
export function createObservabilityHandlers(parts: ObservabilityParts): Pick<Handlers, 'readObservability'> {
  return {
    readObservability: async (call) => {
      const { run_id: wanted } = readInput(querySchema, Object.fromEntries(call.query), 'query');
      const { thread } = await findThread(parts, call, 'read', 'graph:read');
      const { count, latest } = await parts.runs.ofThread(thread.uuid);
      const run = wanted === undefined ? latest[0] : await parts.runs.findInThread(thread.uuid, wanted);
      if (wanted !== undefined && run === undefined) throw new NotFoundError('There is no such run in this thread.');
      const threadId = threadIdOf(call);
      return data({
        thread_id: threadId,
        run_count: count,
        run_ids: latest.map(({ runId }) => runId),
        run: run === undefined ? null : observe(run, threadId),
      } satisfies Observability);
    },
  };
}

function observe({ runId, status, startedAt, endedAt }: Run, threadId: string): ObservedRun {
  return {
    run_id: runId,
    // As the caller writes it: whoever ran it may call it otherwise.
    thread_id: threadId,
    status,
    started_at: formatTime(startedAt),
    finished_at: endedAt === null ? null : formatTime(endedAt),
    duration_ms: endedAt === null ? null : endedAt - startedAt,
    ...{ spans: [], events: [], usage: null, llm_calls: 0, tool_calls: 0, iterations: 0 },
  };
}

import type { RunSummary } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { NotFoundError } from '../../errors.js';
import type { Run, RunStore } from '../../stores/run-store.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';
import { nextCursor, pageFields, readPage } from './page.js';
import type { RouteInputs } from './read-input.js';
import { searchText } from './read-input.js';

const querySchema = z.object({
  ...pageFields,
  thread_id: searchText.optional(),
  status: z.enum(['running', 'interrupted', 'completed', 'error', 'stopped']).optional(),
});

export const runListInputs = { listRuns: { query: querySchema } } satisfies RouteInputs;

/** The routes of runs: what the caller has had the graph do. */
export function createRunHandlers({ runs }: { readonly runs: RunStore }): Pick<Handlers, 'listRuns' | 'readRun'> {
  return {
    listRuns: async (call) => {
      const { thread_id: threadId, ...query } = readPage(querySchema, call.query);
      const found = await runs.list(call.owner, { ...query, threadId, among: call.filter });
      const next = nextCursor(found, query, ({ startedAt, runId }) => ({ time: startedAt, id: runId }));
      return data({ runs: found.map(summarize), next_cursor: next });
    },

    readRun: async (call) => {
      const run = await runs.find(call.owner, call.resourceId ?? '');
      if (run === undefined) throw new NotFoundError('There is no such run.');
      return data(summarize(run));
    },
  };
}

function summarize(run: Run): RunSummary {
  return {
    run_id: run.runId,
    thread_id: run.threadId,
    status: run.status,
    reason: run.reason,
    started_at: formatTime(run.startedAt),
    ended_at: run.endedAt === null ? null : formatTime(run.endedAt),
  };
}

import type { InvokeResponse, Message } from '@agentflow/protocol';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { type RunParts, type RunProgress, type RunStart, runGraph } from './run.js';
import { tellQuestions } from './run-chunks.js';
import { type RunStreamParts, streamRun } from './stream-run.js';

/** The routes that describe and run the graph. */
export function createGraphHandlers(
  parts: RunStreamParts,
): Pick<Handlers, 'describeGraph' | 'readStateSchema' | 'invokeGraph' | 'streamGraph'> {
  return {
    describeGraph: () => data(parts.runtime.describe()),
    readStateSchema: () => data(parts.runtime.stateSchema),
    invokeGraph: async (call) => data(await invoke(call, parts)),
    streamGraph: async (call) => {
      const { chunks, settled, failure } = await streamRun(call, parts);
      return { kind: 'stream', chunks, settled, failure };
    },
  };
}

async function invoke(call: Call, parts: RunParts): Promise<InvokeResponse> {
  let started: RunStart | undefined;
  let finished: (RunProgress & { kind: 'finished' }) | undefined;
  const produced: Message[] = [];
  for await (const progress of runGraph(call, parts)) {
    if (progress.kind === 'started') started = progress;
    else if (progress.kind === 'finished') finished = progress;
    else if (progress.kind === 'message' && !progress.message.delta) produced.push(progress.message);
  }
  if (started === undefined || finished === undefined) throw new Error('the run has not told its start and its end');
  const { state } = finished;
  const question = state.context.findLast(({ role }) => role === 'user');
  const { granularity } = started;
  const { status } = finished;
  return {
    messages: question === undefined ? produced : [question, ...produced],
    state: granularity === 'full' ? state : null,
    context: granularity === 'low' ? null : state.context,
    summary: granularity === 'low' ? null : state.context_summary,
    meta: {
      is_new_thread: started.isNewThread,
      thread_id: started.threadId,
      run_id: started.runId,
      status,
      interrupt: status === 'interrupted' ? state.execution_meta.interrupt_data : null,
      interrupts: tellQuestions(finished),
    },
  };
}

import type { InvokeMeta, InvokeResponse, JsonObject, Message, StreamChunk } from '@agentflow/protocol';
import { RequestError } from '../../errors.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { type RunParts, type RunProgress, runGraph } from './run.js';

/** The routes that describe and run the graph. */
export function createGraphHandlers(
  parts: RunParts,
): Pick<Handlers, 'describeGraph' | 'readStateSchema' | 'invokeGraph' | 'streamGraph'> {
  return {
    describeGraph: () => data(parts.runtime.describe()),
    readStateSchema: () => data(parts.runtime.stateSchema),
    invokeGraph: async (call) => data(await invoke(call, parts)),
    streamGraph: async (call) => {
      let failure: unknown;
      const chunks = streamRun(call, parts, (error) => {
        failure = error;
      });
      // The first chunk says that the run has begun: until then a refusal is a status, not a chunk.
      const first = await chunks.next();
      return { kind: 'stream', chunks: startingWith(first, chunks), failure: () => failure };
    },
  };
}

async function invoke(call: Call, parts: RunParts): Promise<InvokeResponse> {
  let started: (RunProgress & { kind: 'started' }) | undefined;
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

async function* streamRun(
  call: Call,
  parts: RunParts,
  onFailure: (error: unknown) => void,
): AsyncGenerator<StreamChunk, void, undefined> {
  let toChunks: ((progress: RunProgress) => StreamChunk[]) | undefined;
  let runStart: (RunProgress & { kind: 'started' }) | undefined;
  try {
    for await (const progress of runGraph(call, parts)) {
      if (progress.kind === 'started') {
        runStart = progress;
        toChunks = createChunkWriter(progress, parts);
      }
      if (toChunks !== undefined) yield* toChunks(progress);
    }
  } catch (error) {
    if (runStart === undefined) throw error;
    // The status has gone out as 200: what went wrong is told in the stream's own way.
    onFailure(error);
    yield errorChunk(error, runStart, call, parts);
  }
}

/** Translates the progress of a run into the contract's chunks, as many of them as the granularity asks for. */
function createChunkWriter(start: RunProgress & { kind: 'started' }, { clock }: RunParts) {
  const base = { is_new_thread: start.isNewThread, thread_id: start.threadId };
  const chunk = (fields: Partial<StreamChunk>): StreamChunk => ({
    event: 'updates',
    message: null,
    state: null,
    data: {},
    thread_id: start.threadId,
    run_id: start.runId,
    timestamp: clock.now() / 1000,
    ...fields,
    metadata: { ...base, ...fields.metadata },
  });
  return (progress: RunProgress): StreamChunk[] => {
    switch (progress.kind) {
      case 'started':
        return progress.input.map((message) =>
          chunk({ event: 'message', message, metadata: { status: 'invoking_graph' } }),
        );
      case 'message':
        return [
          chunk({
            event: 'message',
            message: progress.message,
            data: progress.remote ?? {},
            metadata: { ...(progress.node && { node: progress.node }), ...(progress.remote && { is_remote: true }) },
          }),
        ];
      case 'node':
        if (start.granularity !== 'full') return [];
        return [chunk({ data: { status: 'node_invoked', node: progress.node, step: progress.step } })];
      case 'state':
        return start.granularity === 'low' ? [] : [chunk({ event: 'state', state: progress.state })];
      case 'finished':
        return [chunk({ state: progress.state, data: finalData(progress) })];
    }
  };
}

/** All that waits for an answer, each with the id by which it can be answered. */
function tellQuestions({ questions }: RunProgress & { kind: 'finished' }): InvokeMeta['interrupts'] {
  return questions.map(({ id, value }) => ({ id, value }));
}

function finalData(finished: RunProgress & { kind: 'finished' }): JsonObject {
  const { state, status, seconds } = finished;
  return {
    status: 'graph_invoked',
    reason: status,
    time_taken: seconds,
    is_interrupted: status === 'interrupted',
    ...(status === 'interrupted' && {
      interrupt: state.execution_meta.interrupt_data,
      interrupts: tellQuestions(finished),
    }),
    total_messages: state.context.length,
  };
}

function errorChunk(
  error: unknown,
  start: RunProgress & { kind: 'started' },
  call: Call,
  { clock, log }: RunParts,
): StreamChunk {
  const known = error instanceof RequestError ? error : new RequestError('INTERNAL', { cause: error });
  if (known.status >= 500)
    log.error({ requestId: call.requestId, error: known.cause ?? known }, 'a stream ended early');
  return {
    event: 'error',
    message: null,
    state: null,
    data: { reason: known.publicError.message ?? known.code, code: known.code, request_id: call.requestId },
    thread_id: start.threadId,
    run_id: start.runId,
    metadata: { is_new_thread: start.isNewThread, thread_id: start.threadId },
    timestamp: clock.now() / 1000,
  };
}

async function* startingWith<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

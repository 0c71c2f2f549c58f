import { formatErrorBody, type InvokeMeta, type JsonObject, type StreamChunk } from '@agentflow/protocol';
import { type Clock, formatTime } from '../../clock.js';
import { RequestError } from '../../errors.js';
import type { Call } from './call.js';
import type { RunParts, RunProgress, RunStart } from './run.js';

type RunFinish = RunProgress & { readonly kind: 'finished' };

/** Translates the progress of a run into the contract's chunks, as many of them as the granularity asks for. */
export function createChunkWriter(start: RunStart, clock: Clock): (progress: RunProgress) => StreamChunk[] {
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
export function tellQuestions({ questions }: RunFinish): InvokeMeta['interrupts'] {
  return questions.map(({ id, value }) => ({ id, value }));
}

function finalData(finished: RunFinish): JsonObject {
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

/** The chunk that ends a stream early: what went wrong, as HTTP would have told it. The status has gone out as 200. */
export function createErrorChunkWriter(
  { runId, threadId, isNewThread }: RunStart,
  { requestId }: Call,
  { clock }: Pick<RunParts, 'clock'>,
): (error: unknown) => StreamChunk {
  return (error) => {
    const known = error instanceof RequestError ? error : new RequestError('INTERNAL', { cause: error });
    const { code, status, publicError } = known;
    const problem = formatErrorBody(publicError, requestId, formatTime(clock.now()));
    return {
      event: 'error',
      message: null,
      state: null,
      data: { reason: problem.message, code, status, request_id: requestId, problem },
      thread_id: threadId,
      run_id: runId,
      metadata: { is_new_thread: isNewThread, thread_id: threadId },
      timestamp: clock.now() / 1000,
    };
  };
}

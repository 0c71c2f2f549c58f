import type { StreamChunk } from '@agentflow/protocol';
import { ClientLeftError, RequestError } from '../../errors.js';
import type { Call } from './call.js';
import { type ChunkPump, pumpChunks } from './chunk-pump.js';
import { type RunParts, type RunProgress, type RunStart, runGraph } from './run.js';
import { createChunkWriter, createErrorChunkWriter } from './run-chunks.js';

/** A run that has begun, and what it tells. */
export interface RunStream extends ChunkPump {
  readonly started: RunStart;
}

export interface RunStreamParts extends RunParts {
  /** How much of a stream may wait for a reader that is slower than its run. */
  readonly streamBufferBytes: number;
}

/**
 * Begins a run and tells it in chunks, whatever carries them. Until the run is sure to begin every refusal is thrown, so that it
 * has a status of its own. What is told is told under the call's lease, to the last chunk that waits for a slow reader.
 * @throws {RequestError} and whatever the graph throws
 */
export async function streamRun(call: Call, parts: RunStreamParts): Promise<RunStream> {
  const run = runGraph(call, parts);
  const lease = call.openLease();
  try {
    const { value: started } = await run.next();
    if (started?.kind !== 'started') throw new Error('a run has not told its start');
    const pump = pumpChunks(toChunks(started, run, parts), {
      maxBytes: parts.streamBufferBytes,
      right: AbortSignal.any([started.hold, lease.signal]),
      reader: call.signal,
      onUnread: started.unread,
      onRead: () => lease.release(),
      onFailed(error, isTold) {
        logFailure(error, call, parts);
        if (!isTold && !isOfReader(error)) call.recordRunEnd(error);
      },
      toErrorChunk: createErrorChunkWriter(started, call, parts),
      onWaiting: (bytes) => parts.signals.shift('agentflow_stream_waiting_bytes', bytes),
    });
    return { ...pump, started };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** Nobody else will: the status went out as 200, and there may be no reader to be told. */
function logFailure(error: unknown, { requestId }: Call, { log }: RunParts): void {
  if (error instanceof ClientLeftError || (error instanceof RequestError && error.status < 500)) return;
  const cause = error instanceof RequestError ? error.cause : undefined;
  log.error({ requestId, error: cause ?? error }, 'a stream ended early');
}

/** Whether it was the reader who ended the run, by going away or by being too slow. */
function isOfReader(error: unknown): boolean {
  return error instanceof ClientLeftError || (error instanceof RequestError && error.code === 'READER_TOO_SLOW');
}

async function* toChunks(
  started: RunStart,
  rest: AsyncIterable<RunProgress>,
  { clock }: RunParts,
): AsyncGenerator<StreamChunk, void, undefined> {
  const write = createChunkWriter(started, clock);
  yield* write(started);
  for await (const progress of rest) yield* write(progress);
}

import type { StreamChunk } from '@agentflow/protocol';
import { ClientLeftError, RequestError } from '../../errors.js';
import { ChunkQueue, type WrittenChunk } from './chunk-queue.js';

export interface ChunkPumpOptions {
  /** How many bytes may wait for the reader. One chunk that is larger may wait alone. */
  readonly maxBytes: number;
  /** Aborted, with the reason, when nothing may be told any more: what waits is dropped, and the reader told why. */
  readonly right: AbortSignal;
  /** Aborted with a {@link ClientLeftError} when the reader has gone: then there is nobody to tell. Another reason says nothing here. */
  readonly reader: AbortSignal;
  /** Told once, with why, that nobody reads any more: the reader has gone, or was cut off. */
  readonly onUnread: (reason: Error) => void;
  /** Told once, when nothing is left to be read. */
  readonly onRead: () => void;
  /** Told what the run has thrown, and whether its reader was told too. */
  readonly onFailed: (error: unknown, isTold: boolean) => void;
  /** The last chunk of a stream that ends early. */
  readonly toErrorChunk: (error: unknown) => StreamChunk;
  /** Told by how many bytes more, or fewer, wait. */
  readonly onWaiting?: (bytes: number) => void;
  /** How long a reader that is behind is waited for before it is cut off: in all, since it was last abreast. */
  readonly patienceMilliseconds?: number;
}

export interface ChunkPump {
  /** For one reader, once. It ends, and never throws. */
  readonly chunks: AsyncIterable<WrittenChunk>;
  /** Resolves when the run has ended, which may be long after its reader has gone; never rejects. */
  readonly settled: Promise<void>;
  /** What ended the stream before the run's own end. */
  readonly failure: () => unknown;
}

/** A burst that is told at once is no slow reader: the event loop has to come round before anybody can read. */
const defaultPatienceMilliseconds = 1_000;

/**
 * Stands between a run and its reader. The run is read as fast as it tells, because an engine does not slow down for whoever reads
 * slowly: what it has told would wait in the engine, where nothing bounds it. Here it waits up to a cap. Past that the reader is cut off:
 * what waits already may still be read, then why it ends.
 */
export function pumpChunks(source: AsyncIterable<StreamChunk>, options: ChunkPumpOptions): ChunkPump {
  const { maxBytes, right, reader, onUnread, onRead, onFailed, toErrorChunk, onWaiting = () => undefined } = options;
  const patience = options.patienceMilliseconds ?? defaultPatienceMilliseconds;
  const queue = new ChunkQueue({ maxBytes, patienceMilliseconds: patience, onWaiting, onRead: finish });
  let failure: unknown;

  function endRight(): void {
    cutOff(right.reason, { drop: true });
  }

  function leave(): void {
    const isEarly = !queue.isClosed;
    queue.drop();
    queue.close();
    if (isEarly) onUnread(new ClientLeftError());
  }

  function leaveWithClient(): void {
    if (reader.reason instanceof ClientLeftError) leave();
  }

  /** Ends with a last chunk that says why. What has ended, and been read, has nothing left that could be cut off. */
  function cutOff(error: unknown, { drop }: { readonly drop: boolean }): boolean {
    if (error === failure || (queue.isClosed && (!drop || queue.isEmpty))) return false;
    failure = error;
    queue.end(toErrorChunk(error), { drop });
    return true;
  }

  function finish(): void {
    right.removeEventListener('abort', endRight);
    reader.removeEventListener('abort', leaveWithClient);
    onRead();
  }

  async function pump(): Promise<void> {
    try {
      for await (const chunk of source) {
        if (await queue.offer(chunk)) continue;
        const tooSlow = new RequestError('READER_TOO_SLOW');
        if (cutOff(tooSlow, { drop: false })) onUnread(tooSlow);
      }
      queue.close();
    } catch (error) {
      cutOff(error, { drop: false });
      onFailed(error, error === failure);
    }
  }

  right.addEventListener('abort', endRight);
  reader.addEventListener('abort', leaveWithClient);
  if (reader.aborted) leaveWithClient();
  if (right.aborted) endRight();
  return { chunks: queue.read(leave), settled: pump(), failure: () => failure };
}

import { AbortedError } from '../errors/error-classes.js';
import type { StreamChunk } from './stream-chunk.js';
import { RunWatch, type StreamEnd } from './stream-end.js';

/** What a stream is made by: chunks, and at last why it has ended. It begins when the first chunk is asked for. */
export type RunSource = (signal: AbortSignal, watch: RunWatch) => AsyncGenerator<StreamChunk, StreamEnd, undefined>;

/**
 * The chunks of a run, as they happen. What the server tells as an `error` chunk is a chunk like others, and {@link ended} says which error
 * it was; what breaks off without a word (network, time, signal) throws where it is read.
 */
export class RunStream implements AsyncIterableIterator<StreamChunk, StreamEnd, undefined> {
  /** Why it has ended, once it has. Never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly #controller = new AbortController();
  readonly #watch = new RunWatch();
  readonly #chunks: AsyncGenerator<StreamChunk, StreamEnd, undefined>;
  #settle: (end: StreamEnd) => void = () => {};

  constructor(source: RunSource) {
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#chunks = this.#follow(source);
  }

  next(): Promise<IteratorResult<StreamChunk, StreamEnd>> {
    return this.#chunks.next();
  }

  async return(end?: StreamEnd | PromiseLike<StreamEnd>): Promise<IteratorResult<StreamChunk, StreamEnd>> {
    const left = this.#left();
    const result = await this.#chunks.return(end ?? left);
    this.#settle(left);
    return result;
  }

  throw(error?: unknown): Promise<IteratorResult<StreamChunk, StreamEnd>> {
    return this.#chunks.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it at once, also while somebody waits for the next chunk: who does gets an {@link AbortedError}. */
  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  async *#follow(source: RunSource): AsyncGenerator<StreamChunk, StreamEnd, undefined> {
    let end: StreamEnd | undefined;
    try {
      end = yield* source(this.#controller.signal, this.#watch);
      return end;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (!(error instanceof AbortedError)) end = { ...this.#watch.progress, reason: 'error', error };
      throw error;
    } finally {
      this.#settle(end ?? this.#left());
    }
  }

  #left(): StreamEnd {
    return { ...this.#watch.progress, reason: 'aborted' };
  }
}

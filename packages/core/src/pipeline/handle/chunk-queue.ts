import type { StreamChunk } from '@agentflow/protocol';

/** A chunk as it goes out, whatever it is framed in. */
export interface WrittenChunk {
  /** `<run id>:<n>`, counted from 0. A gap is what was not sent any more. */
  readonly id: string;
  readonly event: StreamChunk['event'];
  /** All of it, in one line. */
  readonly json: string;
}

interface WaitingChunk {
  readonly chunk: WrittenChunk;
  /** In UTF-8. */
  readonly bytes: number;
}

export interface ChunkQueueOptions {
  readonly maxBytes: number;
  readonly patienceMilliseconds: number;
  readonly onWaiting: (bytes: number) => void;
  /** Told once, when it is closed and nothing is left in it. */
  readonly onRead: () => void;
}

/** What was told and has not been read, up to a cap. Once it is closed, nothing more comes in. */
export class ChunkQueue {
  readonly #options: ChunkQueueOptions;
  #waiting: WaitingChunk[] = [];
  #bytes = 0;
  #told = 0;
  /** Milliseconds that are left for a reader to catch up. */
  #patience: number;
  #isClosed = false;
  #isRead = false;
  #onChange: (() => void)[] = [];

  constructor(options: ChunkQueueOptions) {
    this.#options = options;
    this.#patience = options.patienceMilliseconds;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes a chunk in, if it is not closed. False where the reader is too far behind. */
  async offer(chunk: StreamChunk): Promise<boolean> {
    if (this.#isClosed) return true;
    const written = this.#write(chunk);
    while (!this.isEmpty && this.#bytes + written.bytes > this.#options.maxBytes) {
      if (this.#patience <= 0) return false;
      const askedAt = performance.now();
      await this.#untilChanged(this.#patience);
      this.#patience -= performance.now() - askedAt;
      if (this.#isClosed) return true;
    }
    this.#waiting.push(written);
    this.#count(written.bytes);
    return true;
  }

  /** Closes it behind a last chunk, for which there is always room; with `drop`, in place of all that waits. */
  end(last: StreamChunk, { drop }: { readonly drop: boolean }): void {
    const written = this.#write(last);
    const dropped = drop ? this.#bytes : 0;
    if (drop) this.#waiting = [];
    this.#isClosed = true;
    this.#waiting.push(written);
    this.#count(written.bytes - dropped);
  }

  close(): void {
    this.#isClosed = true;
    this.#changed();
  }

  /** What waits is read by nobody. */
  drop(): void {
    this.#waiting = [];
    this.#count(-this.#bytes);
  }

  async *read(onLeave: () => void): AsyncGenerator<WrittenChunk, void, undefined> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) {
          this.#count(-next.bytes);
          yield next.chunk;
        } else if (this.#isClosed) return;
        else {
          this.#patience = this.#options.patienceMilliseconds;
          await this.#untilChanged();
        }
      }
    } finally {
      onLeave();
    }
  }

  #write(chunk: StreamChunk): WaitingChunk {
    const json = JSON.stringify(chunk);
    const id = `${chunk.run_id}:${this.#told}`;
    this.#told += 1;
    return { chunk: { id, event: chunk.event, json }, bytes: Buffer.byteLength(json) };
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (bytes !== 0) this.#options.onWaiting(bytes);
    this.#changed();
  }

  #changed(): void {
    const told = this.#onChange;
    this.#onChange = [];
    for (const tell of told) tell();
    if (this.#isRead || !this.#isClosed || !this.isEmpty) return;
    this.#isRead = true;
    this.#options.onRead();
  }

  /** Until something comes in, goes out or ends; or for so long. */
  #untilChanged(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      this.#onChange.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

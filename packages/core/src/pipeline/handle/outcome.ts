import type { WrittenChunk } from './chunk-queue.js';

/** The bytes of a file. Nothing is opened before they are asked for. */
export interface FileOutcome {
  readonly kind: 'file';
  readonly file: { readonly filename: string; readonly mimeType: string; readonly sizeBytes: number };
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What a handler hands on: data in the route's body form, a page, a file, a socket, or a stream that has already begun. */
export type Outcome =
  | { readonly kind: 'data'; readonly data: unknown; readonly message?: string; readonly status?: 200 | 503 }
  | {
      readonly kind: 'page';
      readonly html: string;
      /** Its `Content-Security-Policy`. */
      readonly policy: string;
    }
  | FileOutcome
  /** Let be opened; what happens on it is asked by itself. */
  | { readonly kind: 'socket' }
  | {
      readonly kind: 'stream';
      readonly chunks: AsyncIterable<WrittenChunk>;
      /** Resolves when the run behind it has ended, which may be after its reader has gone; never rejects. */
      readonly settled: Promise<void>;
      /** What ended the stream early, once it has ended: the caller was told in a chunk, the audit trail asks here. */
      readonly failure: () => unknown;
    };

export function data(value: unknown, message?: string): Outcome {
  return message === undefined ? { kind: 'data', data: value } : { kind: 'data', data: value, message };
}

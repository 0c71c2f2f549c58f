import type { WrittenChunk } from './chunk-queue.js';

/** The bytes of a file. Nothing is opened before they are asked for. */
export interface FileOutcome {
  readonly kind: 'file';
  readonly file: { readonly filename: string; readonly mimeType: string; readonly sizeBytes: number };
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** JSON that may be too large to be held at once. Nothing is read before it is asked for. */
export interface DocumentOutcome {
  readonly kind: 'document';
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Must be called where the pieces are never asked for. */
  giveUp(): void;
}

/** JSON, in the route's body form. */
export interface DataOutcome {
  readonly kind: 'data';
  readonly data: unknown;
  readonly message?: string;
  readonly status?: 200 | 503;
  /** Beside those that every answer has. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Resolves when what goes on behind the answer has ended; never rejects. */
  readonly settled?: Promise<void>;
}

/** What a handler hands on: data in the route's body form, a page, another address, a file, a long document, a socket, or a stream that has already begun. */
export type Outcome =
  | DataOutcome
  | {
      readonly kind: 'page';
      readonly html: string;
      /** Its `Content-Security-Policy`. */
      readonly policy: string;
    }
  /** Sends a browser on (RFC 9110 §15.4.3). */
  | {
      readonly kind: 'redirect';
      readonly location: string;
      readonly headers: Readonly<Record<string, string | readonly string[]>>;
    }
  | FileOutcome
  | DocumentOutcome
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

export function data(value: unknown, message?: string): DataOutcome {
  return message === undefined ? { kind: 'data', data: value } : { kind: 'data', data: value, message };
}

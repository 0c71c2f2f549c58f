import type { StreamChunk } from '@agentflow/protocol';

/** What a handler hands on: data in the route's body form, or a stream that has already begun. */
export type Outcome =
  | { readonly kind: 'data'; readonly data: unknown; readonly message?: string; readonly status?: 200 | 503 }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<StreamChunk> };

export function data(value: unknown, message?: string): Outcome {
  return message === undefined ? { kind: 'data', data: value } : { kind: 'data', data: value, message };
}

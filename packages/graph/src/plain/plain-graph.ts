import type { JsonObject } from '@agentflow/protocol';

/** A message as a plain graph is given it: what every chat model's interface takes. */
export interface PlainMessage {
  readonly id: string;
  readonly role: string;
  /** A text where it is nothing else; the contract's blocks otherwise. */
  readonly content: unknown;
}

/** The whole thread so far, and the fields that earlier answers left beside it. */
export type PlainInput = JsonObject & { readonly messages: readonly PlainMessage[] };

/**
 * Any object that can be asked. It answers with a text, a message, a list of messages, or an object with new `messages` and
 * fields of its own; `stream` may answer with the pieces of a text, or with any of these one after the other.
 */
export interface PlainGraph {
  invoke(input: PlainInput, config: unknown): unknown;
  stream?(input: PlainInput, config: unknown): unknown;
}

export function isPlainGraph(value: unknown): value is PlainGraph {
  if (typeof value !== 'object' || value === null || 'compile' in value) return false;
  const { invoke, stream } = value as Partial<Record<keyof PlainGraph, unknown>>;
  return typeof invoke === 'function' && (stream === undefined || typeof stream === 'function');
}

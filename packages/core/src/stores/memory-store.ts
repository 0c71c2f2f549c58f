import type { JsonObject } from '@agentflow/protocol';
import type { Filter } from '../filter.js';
import type { OwnerKey } from '../principal.js';
import type { Page } from './page.js';

/** Something that a principal has the agent remember: a route's memory, and LangGraph's item of a store, are this one thing. */
export interface Memory {
  /** What routes know it by. */
  readonly memoryId: string;
  /** What nodes know it by: a path of labels, and a key in it. */
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: JsonObject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The share of the words that were searched for which it has, from 0 to 1; undefined where none was. */
  readonly score: number | undefined;
}

/** Puts a memory in its place: the one that is there already is replaced. */
export interface MemoryInput {
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: JsonObject;
  /** What it is found by. Empty where it should not be. */
  readonly text: string;
}

export type MemoryOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';

/** A condition on a field inside the value. Only values of the same kind are larger or smaller than each other. */
export interface MemoryCondition {
  readonly path: readonly string[];
  readonly operator: MemoryOperator;
  readonly value: string | number | boolean | null;
}

export interface MemoryQuery extends Page {
  readonly namespacePrefix: readonly string[];
  /** Words, any of which may occur. Empty means all. */
  readonly text: string;
  readonly conditions: readonly MemoryCondition[];
  readonly minimumScore: number;
  /** The best match first, or the latest. Without a text always the latest. */
  readonly order: 'score' | 'time';
  /** Only these, by their ids. */
  readonly among?: Filter | undefined;
}

/** The memories of one principal. No method here could reach anybody else's. */
export interface OwnedMemories {
  /** @throws {MemoryValueError} */
  put(input: MemoryInput): Promise<Memory>;
  get(namespace: readonly string[], key: string): Promise<Memory | undefined>;
  find(memoryId: string): Promise<Memory | undefined>;
  /** False where there was none. */
  delete(namespace: readonly string[], key: string): Promise<boolean>;
  /** How many were deleted. */
  deleteWhere(conditions: readonly MemoryCondition[], among?: Filter): Promise<number>;
  search(query: MemoryQuery): Promise<readonly Memory[]>;
  /** Those in which there is anything, in order. */
  listNamespaces(): Promise<readonly (readonly string[])[]>;
}

export interface MemoryStore {
  of(owner: OwnerKey): OwnedMemories;
}

/** A memory, or a condition on memories, that cannot be kept or asked. The message may be told to whoever sent it. */
export class MemoryValueError extends Error {
  override readonly name = 'MemoryValueError';
}

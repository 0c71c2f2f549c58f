import type { JsonObject, JsonValue } from './messages.js';

export const memoryTypes = [
  'episodic',
  'semantic',
  'procedural',
  'entity',
  'relationship',
  'custom',
  'declarative',
] as const;

export type MemoryType = (typeof memoryTypes)[number];

/** One of the caller's memories. AgentFlow has the fields up to `timestamp`; the last three are the item that nodes see. */
export interface MemoryResource {
  readonly id: string;
  readonly content: string;
  /** How well it answers the query, from 0 to 1; null where there was none. */
  readonly score: number | null;
  readonly memory_type: MemoryType;
  readonly metadata: JsonObject;
  /** There are no vectors here. */
  readonly vector: null;
  readonly user_id: string;
  readonly thread_id: string | null;
  /** RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: JsonValue;
}

import { isObject } from '@agentflow/core';
import type { JsonValue } from '@agentflow/protocol';

/** Objects are merged member by member, everything else is replaced. */
export function mergeDeep(current: JsonValue | undefined, given: JsonValue): JsonValue {
  if (!isObject(current) || !isObject(given)) return given;
  const merged = new Map(Object.entries(current));
  for (const [name, value] of Object.entries(given)) {
    if (value !== null) merged.set(name, mergeDeep(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

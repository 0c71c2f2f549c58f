import type { JsonObject, JsonValue } from '@agentflow/protocol';

/** Only the server says who asks. */
const serversOwn = new Set(['user', 'user_id', 'authz', 'langgraph_auth_user', 'langgraph_auth_user_id']);

/** Only the server says on which thread, and from which point, a run goes on. */
const threadsOwn = new Set(['thread_id', 'checkpoint_id', 'checkpoint_ns', 'checkpoint_map', 'run_id']);

/**
 * What of a client's `config` may reach the graph. Names that only the server may set, and all that begin with `_`, are
 * dropped wherever they stand; `configurable` is LangGraph's own name for the same place, and is merged into it.
 */
export function cleanConfig(config: JsonObject | null | undefined): JsonObject {
  const { configurable, ...rest } = config ?? {};
  const nested = isObject(configurable) ? configurable : {};
  const merged = { ...dropReserved(rest), ...dropReserved(nested) };
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !threadsOwn.has(name)));
}

function dropReserved(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([name]) => !serversOwn.has(name) && !name.startsWith('_'));
  return Object.fromEntries(kept.map(([name, member]) => [name, dropNested(member)]));
}

function dropNested(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => dropNested(item));
  return isObject(value) ? dropReserved(value) : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

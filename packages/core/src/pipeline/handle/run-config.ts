import type { JsonObject, JsonValue } from '@agentflow/protocol';
import { ValidationError } from '../../errors.js';
import { isObject } from '../../is-object.js';

/** Only the server says who asks. LangGraph's own servers put what they know of the caller under names of this prefix. */
const serversOwn = new Set(['user', 'user_id', 'authz']);
const serversPrefix = /^(?:_|langgraph_)/;

/** Only the server says on which thread, and from which point, a run goes on. */
const threadsOwn = new Set(['thread_id', 'thread_ts', 'checkpoint_id', 'checkpoint_ns', 'checkpoint_map', 'run_id']);

/** LangGraph copies the whole config for every step of a run: a large one would hold everybody up. */
const limits = { members: 256, depth: 8, characters: 64 * 1024 };

/**
 * Refuses a config that is larger than anybody needs.
 * @throws {ValidationError}
 */
export function requireSmallConfig(config: JsonObject | null | undefined): void {
  const { members, depth } = measure(config ?? {}, 0);
  const isSmall = members <= limits.members && depth <= limits.depth;
  if (isSmall && JSON.stringify(config ?? {}).length <= limits.characters) return;
  const msg = `must have at most ${limits.members} members, ${limits.depth} levels and ${limits.characters / 1024} KiB`;
  throw new ValidationError([{ loc: ['body', 'config'], msg, type: 'too_big' }]);
}

/** Stops counting once there are too many. */
function measure(value: JsonValue, level: number): { members: number; depth: number } {
  if (typeof value !== 'object' || value === null || level > limits.depth) return { members: 0, depth: level };
  let members = 0;
  let depth = level;
  for (const member of Object.values(value)) {
    const inner = measure(member, level + 1);
    members += 1 + inner.members;
    depth = Math.max(depth, inner.depth);
    if (members > limits.members) break;
  }
  return { members, depth };
}

/**
 * What of a client's `config` may reach the graph. Names that only the server may set, and all that begin with `_` or `langgraph_`, are
 * dropped wherever they stand; `configurable` is LangGraph's own name for the same place, and is merged into it.
 */
export function cleanConfig(config: JsonObject | null | undefined): JsonObject {
  const { configurable, ...rest } = config ?? {};
  const nested = isObject(configurable) ? configurable : {};
  const merged = { ...dropReserved(rest), ...dropReserved(nested) };
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !threadsOwn.has(name)));
}

function dropReserved(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([name]) => !serversOwn.has(name) && !serversPrefix.test(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, dropNested(member)]));
}

function dropNested(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => dropNested(item));
  return isObject(value) ? dropReserved(value) : value;
}

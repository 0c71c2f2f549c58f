import {
  type CheckpointStore,
  type Clock,
  ConfigurationError,
  type GraphRuntime,
  type Log,
  type UsableResource,
} from '@agentflow/core';
import { isCompiledGraph } from './langgraph/compiled-graph.js';
import { createLangGraphRuntime } from './langgraph/index.js';
import type { ImportBeside } from './langgraph/tool-classes.js';
import { createPlainRuntime, isPlainGraph } from './plain/index.js';

export interface GraphRuntimeParts {
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly log: Log;
  /** What of the graph asks before it is used. */
  readonly guarded: ReadonlySet<UsableResource>;
  /** As the file of the graph would: to find the classes of its tools. */
  readonly importBeside: ImportBeside;
}

/**
 * Makes the runtime of what `agent` in the file led to.
 * @throws {ConfigurationError} if there is none for it
 */
export async function createGraphRuntime(
  graph: unknown,
  path: string,
  parts: GraphRuntimeParts,
): Promise<GraphRuntime> {
  if (isCompiledGraph(graph)) return createLangGraphRuntime(graph, path, parts);
  if (isPlainGraph(graph)) {
    if (parts.guarded.size > 0) throw unguardable(path);
    return createPlainRuntime(graph, parts);
  }
  throw new ConfigurationError([
    {
      path: ['agent'],
      message: `${path} is ${describeValue(graph)}, neither a compiled LangGraph.js graph nor an object with "invoke"`,
      remedy: 'Export the result of .compile(), an object with invoke(input, config), or a function that returns one.',
    },
  ]);
}

function unguardable(path: string): ConfigurationError {
  const message = `${path} is no LangGraph.js graph: what it uses cannot be seen, and so not guarded`;
  return new ConfigurationError([
    { path: ['guard'], message, remedy: 'Leave "guard" out, and ask in the code of the graph; or compile a graph.' },
  ]);
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if ('compile' in value) return 'a graph that has not been compiled';
  return `an object of class ${value.constructor?.name ?? 'Object'}`;
}

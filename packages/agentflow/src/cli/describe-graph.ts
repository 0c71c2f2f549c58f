import type { GraphRuntime } from '@agentflow/core';

/** `langgraph, 2 nodes: agent, tools`: where every graph begins and ends is not counted. */
export function describeGraph(runtime: Pick<GraphRuntime, 'engine' | 'describe'>): string {
  const inner = runtime
    .describe()
    .nodes.map(({ name }) => name)
    .filter((name) => !name.startsWith('__'));
  const count = inner.length === 1 ? '1 node' : `${inner.length} nodes`;
  return `${runtime.engine}, ${[count, ...(inner.length === 0 ? [] : [inner.join(', ')])].join(': ')}`;
}

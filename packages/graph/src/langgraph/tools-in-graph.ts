import { type Invokable, isInvokable, memberOf } from './runnable-shape.js';

/** A tool that a node of a graph holds. */
interface HeldTool {
  readonly node: string;
  readonly tool: Invokable;
}

/** The tools of all tool nodes, of inner graphs too. */
export function* toolsIn(graph: unknown, seen = new Set<unknown>()): Generator<HeldTool> {
  if (seen.has(graph)) return;
  seen.add(graph);
  for (const [name, node] of Object.entries(memberOf(graph, 'nodes') ?? {})) {
    const bound = memberOf(node, 'bound');
    const tools = memberOf(bound, 'tools');
    if (Array.isArray(tools)) for (const tool of tools.filter(isInvokable)) yield { node: name, tool };
    for (const inner of graphsIn(node)) yield* toolsIn(inner, seen);
  }
}

/** Whether a node of a graph is a graph itself, as far as it was compiled so. */
export function hasGraphWithin(graph: unknown): boolean {
  return Object.values(memberOf(graph, 'nodes') ?? {}).some((node) => graphsIn(node).length > 0);
}

function graphsIn(node: unknown): readonly unknown[] {
  const inner = memberOf(node, 'subgraphs');
  const candidates = [memberOf(node, 'bound'), ...(Array.isArray(inner) ? inner : [])];
  return candidates.filter((one) => memberOf(one, 'lg_is_pregel') === true);
}

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
    const inner = memberOf(node, 'subgraphs');
    for (const one of [bound, ...(Array.isArray(inner) ? inner : [])]) {
      if (memberOf(one, 'lg_is_pregel') === true) yield* toolsIn(one, seen);
    }
  }
}

import { randomUUID } from 'node:crypto';
import type { GraphDescription } from '@agentflow/protocol';
import type { CompiledGraph } from './compiled-graph.js';

/** Nodes, edges and capabilities, in the contract's shape. Made once, at start. */
export async function describeGraph(graph: CompiledGraph): Promise<GraphDescription> {
  const drawn = await graph.getGraphAsync();
  const ids = new Map(Object.values(drawn.nodes).map(({ id }) => [id, randomUUID() as string]));
  const idOf = (node: string) => ids.get(node) ?? node;
  const nodes = Object.values(drawn.nodes).map(({ id, name }) => ({ id: idOf(id), name }));
  const edges = drawn.edges.map(({ source, target }) => ({
    id: randomUUID(),
    source: idOf(source),
    target: idOf(target),
  }));
  return {
    info: {
      node_count: nodes.length,
      edge_count: edges.length,
      checkpointer: true,
      checkpointer_type: 'AgentflowCheckpointer',
      publisher: false,
      store: true,
      interrupt_before: nodeNames(graph.interruptBefore),
      interrupt_after: nodeNames(graph.interruptAfter),
      context_type: null,
      id_generator: 'uuid4',
      id_type: 'string',
      state_type: 'AgentState',
      state_fields: stateFields(graph),
      is_realtime: false,
    },
    nodes,
    edges,
  };
}

/** LangGraph keeps channels of its own beside the state's: those for branches and for its start. */
function stateFields(graph: CompiledGraph): string[] {
  const isInternal = (name: string) => name.startsWith('__') || name.includes(':') || Object.hasOwn(graph.nodes, name);
  return Object.keys(graph.channels).filter((name) => !isInternal(name));
}

function nodeNames(names: readonly string[] | '*' | undefined): readonly string[] {
  return names === undefined ? [] : names === '*' ? ['*'] : names;
}

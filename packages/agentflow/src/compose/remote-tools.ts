import { ConfigurationError, type GraphRuntime, type RemoteTool } from '@agentflow/core';
import type { Configuration } from '../configuration/schema.js';

/**
 * The tools of the file that run in clients.
 * @throws {ConfigurationError} for one that the graph could never use
 */
export function readRemoteTools(
  { remote_tools: tools = [] }: Configuration,
  runtime: GraphRuntime,
): readonly RemoteTool[] {
  if (tools.length > 0 && !runtime.canPause) {
    const message = 'the graph is no LangGraph.js graph, and cannot wait for a client to run tools';
    const remedy = 'Leave "remote_tools" out, or compile a graph.';
    throw new ConfigurationError([{ path: ['remote_tools'], message, remedy }]);
  }
  const local = new Set(runtime.tools.flatMap((node) => node.tools).map(({ name }) => name));
  const faults = tools.flatMap(({ name }, index) => {
    const message = `the graph has a tool "${name}" of its own`;
    return local.has(name) ? [{ path: ['remote_tools', index, 'name'], message, remedy: 'Choose another name.' }] : [];
  });
  if (faults.length > 0) throw new ConfigurationError(faults);
  return tools;
}

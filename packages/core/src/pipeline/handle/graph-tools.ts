import type { GraphTool, GraphTools, SetupResponse } from '@agentflow/protocol';
import { z } from 'zod';
import { RequestError, ValidationError } from '../../errors.js';
import { firstDoubled, maxRemoteTools, type RemoteTool, remoteToolFields, remoteToolNode } from '../../remote-tools.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';
import { type RouteInputs, readInput } from './read-input.js';
import { namesTaken, type RemoteToolParts, remoteToolsOf } from './remote-tools-of-caller.js';

/** All declarations of a principal together: they are read with each run. */
const maxCharacters = 256 * 1024;

const setupBodySchema = z.object({
  tools: z
    .array(z.object({ node_name: remoteToolNode, ...remoteToolFields }))
    .max(maxRemoteTools)
    .refine((tools) => JSON.stringify(tools).length <= maxCharacters, {
      error: `must have at most ${maxCharacters / 1024} KiB together`,
    }),
});

export const graphToolInputs = { setupGraph: { body: setupBodySchema } } satisfies RouteInputs;

/** The tools of the graph, and those that callers declare for themselves (contract 1.3). */
export function createGraphToolHandlers(parts: RemoteToolParts): Pick<Handlers, 'setupGraph' | 'listGraphTools'> {
  return {
    setupGraph: async (call) => {
      const { tools: sent } = readInput(setupBodySchema, call.body, 'body');
      const tools = sent.map(({ node_name: node, ...tool }) => ({ node, ...tool }));
      requireUsable(tools, parts);
      await parts.remoteTools.replace(call.owner, tools);
      const names = tools.map(({ name }) => name);
      call.recordChange('remote-tools-declared', { tools: names });
      return data(toResponse(tools));
    },

    listGraphTools: async (call) => data(listTools(parts, await remoteToolsOf(parts, call.owner))),
  };
}

/**
 * @throws {ValidationError} for a name that is taken, or twice there
 * @throws {RequestError} CONFLICT where no tool of a client can be called
 */
function requireUsable(tools: readonly RemoteTool[], parts: RemoteToolParts): void {
  const fault = (index: number, msg: string) =>
    new ValidationError([{ loc: ['body', 'tools', index, 'name'], msg, type: 'tool_name' }]);
  const doubled = firstDoubled(tools);
  if (doubled !== undefined) throw fault(doubled, 'is declared twice for this node');
  if (tools.length > 0 && !parts.runtime.canPause) {
    throw new RequestError('CONFLICT', { message: 'This graph cannot wait for a client to run tools.' });
  }
  const taken = namesTaken(parts);
  const place = tools.findIndex(({ name }) => taken.has(name));
  if (place >= 0) throw fault(place, 'is the name of a tool that the graph has for everybody');
}

function toResponse(tools: readonly RemoteTool[]): SetupResponse {
  const nodes = [...new Set(tools.map(({ node }) => node))];
  const details = `Added tools to nodes: [${nodes.map((node) => `'${node}'`).join(', ')}]`;
  const message = `${tools.length} tools are declared`;
  const registered_tools = tools.map(({ name }) => name);
  return { status: 'success', details, success: true, message, registered_tools };
}

function listTools({ runtime }: RemoteToolParts, remote: readonly RemoteTool[]): GraphTools {
  const byNode = new Map<string, readonly GraphTool[]>(runtime.tools.map(({ node_name, tools }) => [node_name, tools]));
  for (const { node, name, description, parameters } of remote) {
    byNode.set(node, [...(byNode.get(node) ?? []), { name, description, source: 'remote', parameters }]);
  }
  const nodes = [...byNode].map(([node_name, tools]) => ({ node_name, tool_count: tools.length, tools }));
  const tool_count = nodes.reduce((sum, node) => sum + node.tool_count, 0);
  return { node_count: nodes.length, tool_count, nodes };
}

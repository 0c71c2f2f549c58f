import { isJsonValue } from '@agentflow/core';
import type { GraphTool, GraphToolsOfNode, JsonObject } from '@agentflow/protocol';
import { toJsonSchema } from '@langchain/core/utils/json_schema';
import type { CompiledGraph } from './compiled-graph.js';
import { objectOf, textOrNull } from './content.js';
import { memberOf } from './runnable-shape.js';
import { toolsIn } from './tools-in-graph.js';

/** LangChain's adapter for MCP servers writes it before the names of their tools. */
const mcpPrefix = 'mcp__';

/** The tools that a graph was compiled with, in the contract's shape. What a node makes only while it runs cannot be seen. */
export function describeTools(graph: CompiledGraph): readonly GraphToolsOfNode[] {
  const byNode = new Map<string, GraphTool[]>();
  for (const { node, tool } of toolsIn(graph)) {
    const tools = byNode.get(node) ?? [];
    tools.push(describeTool(tool));
    byNode.set(node, tools);
  }
  return [...byNode].map(([node_name, tools]) => ({ node_name, tool_count: tools.length, tools }));
}

function describeTool(tool: object): GraphTool {
  const name = textOrNull(memberOf(tool, 'name')) ?? '';
  return {
    name,
    description: textOrNull(memberOf(tool, 'description')) ?? '',
    source: name.startsWith(mcpPrefix) ? 'mcp' : 'local',
    parameters: parametersOf(memberOf(tool, 'schema')),
  };
}

/** Of Zod or JSON Schema; whatever else a tool has for a schema is told as none. */
function parametersOf(schema: unknown): JsonObject | null {
  try {
    const told: unknown = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]);
    return isJsonValue(told) ? objectOf(told) : null;
  } catch {
    return null;
  }
}

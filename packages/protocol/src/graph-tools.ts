import type { JsonObject } from './messages.js';

/** Where a tool runs: in the graph, in a server that the graph's author connected, or in the client. */
export type ToolSource = 'local' | 'mcp' | 'remote';

export interface GraphTool {
  readonly name: string;
  readonly description: string;
  readonly source: ToolSource;
  /** JSON Schema of the arguments; null where the tool says none. */
  readonly parameters: JsonObject | null;
}

export interface GraphToolsOfNode {
  readonly node_name: string;
  readonly tool_count: number;
  readonly tools: readonly GraphTool[];
}

/** The tools that are there for a caller: the graph's own, those of the file, and those that they have declared themselves. */
export interface GraphTools {
  readonly node_count: number;
  readonly tool_count: number;
  readonly nodes: readonly GraphToolsOfNode[];
}

/** That the tools of a caller were declared. AgentFlow answers `status` and `details`, its client reads the others. */
export interface SetupResponse {
  readonly status: 'success';
  readonly details: string;
  readonly success: true;
  readonly message: string;
  readonly registered_tools: readonly string[];
}

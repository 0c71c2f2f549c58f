import type { ConfigWithUser, RemoteTool, RemoteToolResult } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { DynamicStructuredTool, type StructuredToolInterface } from '@langchain/core/tools';
import { askClient } from './ask-client.js';
import { isBaseMessage } from './compiled-graph.js';
import { type RemoteToolsInConfig, remoteToolsKey } from './remote-tools-of-run.js';
import { type Invokable, memberOf } from './runnable-shape.js';

export interface RemoteToolsOptions {
  /** Only those that were declared for this node. Absent: all. */
  readonly node?: string;
}

/**
 * The tools that whoever runs the graph has their own client run, for `model.bindTools` and for a tool node that is made within
 * the run: `new ToolNode(remoteTools(config)).invoke(state, config)`. Nobody else's are among them, and none where the graph does
 * not run under agentflow. When one is invoked the run pauses until the client has answered; then its node is run once more,
 * from its beginning, and the answer is there.
 */
export function remoteTools(
  config: ConfigWithUser | undefined,
  { node }: RemoteToolsOptions = {},
): StructuredToolInterface[] {
  const run = config?.configurable?.[remoteToolsKey] as RemoteToolsInConfig | undefined;
  const byName = new Map<string, RemoteTool>();
  for (const tool of run?.tools ?? []) {
    // A model knows a tool by its name alone.
    if ((node === undefined || tool.node === node) && !byName.has(tool.name)) byName.set(tool.name, tool);
  }
  return run === undefined ? [] : [...byName.values()].map((tool) => createTool(tool, run));
}

/**
 * A node that has the client run all those calls of the last message which are of remote tools. Before a tool node that runs the
 * others, no local tool is run twice: a `ToolNode` leaves out what is answered.
 */
export async function callRemoteTools(
  { messages }: { readonly messages: readonly BaseMessage[] },
  config: RunnableConfig,
): Promise<{ messages: BaseMessage[] }> {
  const tools = new Map(remoteTools(config).map((tool) => [tool.name, tool]));
  const place = messages.findLastIndex((message) => message.getType() === 'ai');
  const calls = memberOf(messages[place], 'tool_calls');
  const answered = new Set(messages.slice(place + 1).map((message) => memberOf(message, 'tool_call_id')));
  const open = Array.isArray(calls) ? calls.filter((call) => !answered.has(memberOf(call, 'id'))) : [];
  const results = open.map(async (call: { readonly name: string }): Promise<unknown> => {
    return tools.get(call.name)?.invoke({ ...call, type: 'tool_call' }, config);
  });
  return { messages: (await Promise.all(results)).filter(isBaseMessage) };
}

/**
 * The model is shown what the client says of the arguments, and nothing evaluates it: a client could write a pattern that takes
 * forever. It checks the arguments of its tools itself.
 */
function createTool(tool: RemoteTool, run: RemoteToolsInConfig): StructuredToolInterface {
  const asking: Invokable & { call(...given: unknown[]): unknown } = new DynamicStructuredTool({
    ...{ name: tool.name, description: tool.description, schema: { type: 'object' } },
    func: async (args: unknown, _manager, config) => {
      const callId = memberOf(memberOf(config, 'toolCall'), 'id');
      const id = typeof callId === 'string' ? callId : '';
      return toOutput(await askClient({ tool, run }, args as JsonObject, id, config ?? {}), tool, id);
    },
  });
  return Object.create(asking, {
    // A provider's adapter may change it, and those of the file are everybody's.
    schema: { value: structuredClone(tool.parameters) },
    invoke: { value: (input: unknown, config?: unknown) => asking.invoke(input, config) },
    call: { value: (...given: unknown[]) => asking.call(...given) },
  }) as StructuredToolInterface;
}

/** An answer to the model's call, where there is one; else the graph's own code has called, and reads the output or an error. */
function toOutput({ output, isError }: RemoteToolResult, { name }: RemoteTool, callId: string): unknown {
  const content = typeof output === 'string' ? output : JSON.stringify(output);
  if (callId !== '') {
    return new ToolMessage({ name, content, tool_call_id: callId, status: isError ? 'error' : 'success' });
  }
  if (isError) throw new Error(content);
  return content;
}

import { isJsonValue } from '@agentflow/core';
import type { AgentState, ExecutionMeta, JsonValue } from '@agentflow/protocol';
import { messagesChannel, messagesOf, type Snapshot } from './compiled-graph.js';
import { toMessage } from './messages.js';

/** A thread's state in the contract's shape: messages as `context`, the graph's own fields as they are. */
export function toAgentState(snapshot: Snapshot, nowSeconds: number): AgentState {
  const savedAt = snapshot.createdAt === undefined ? nowSeconds : Date.parse(snapshot.createdAt) / 1000;
  return {
    ...ownFields(snapshot.values),
    context: messagesOf(snapshot.values).map((message) => toMessage(message, { nowSeconds: savedAt })),
    context_summary: null,
    execution_meta: toExecutionMeta(snapshot),
  };
}

/** What of the graph's own state is plain JSON; anything else has no form on the wire. */
function ownFields(values: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  const fields: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (name !== messagesChannel && !name.startsWith('_') && isJsonValue(value)) fields[name] = value;
  }
  return fields;
}

function toExecutionMeta({ next, tasks, metadata }: Snapshot): ExecutionMeta {
  const interrupted = tasks.find(({ interrupts }) => interrupts.length > 0);
  const failed = tasks.some(({ error }) => error !== undefined);
  const data = interrupted?.interrupts[0]?.value;
  return {
    current_node: next[0] ?? '__end__',
    step: Math.max(metadata?.step ?? 0, 0),
    status: failed ? 'error' : next.length > 0 ? 'interrupted_before' : 'completed',
    interrupted_node: interrupted?.name ?? next[0] ?? null,
    interrupt_reason: interrupted === undefined ? null : 'interrupt',
    interrupt_data: isJsonValue(data) ? data : null,
    thread_id: null,
    stop_current_execution: 'none',
    internal_data: {},
  };
}

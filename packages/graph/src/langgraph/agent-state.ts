import { isJsonValue } from '@agentflow/core';
import type { AgentState, ExecutionMeta, JsonValue } from '@agentflow/protocol';
import { messagesChannel, messagesOf, type Snapshot } from './compiled-graph.js';
import { toMessage } from './messages.js';
import { toQuestion } from './remote-question.js';

/** A thread's state in the contract's shape: messages as `context`, the graph's own fields as they are. */
export function toAgentState(
  snapshot: Snapshot,
  { nowSeconds, hasBreakpoints }: { readonly nowSeconds: number; readonly hasBreakpoints: boolean },
): AgentState {
  const savedAt = snapshot.createdAt === undefined ? nowSeconds : Date.parse(snapshot.createdAt) / 1000;
  return {
    ...ownFields(snapshot.values),
    context: messagesOf(snapshot.values).map((message) => toMessage(message, { nowSeconds: savedAt })),
    context_summary: null,
    execution_meta: toExecutionMeta(snapshot, hasBreakpoints),
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

/**
 * A thread waits where a task of it has asked, or where the graph was compiled to stop at nodes. That it has a next node alone
 * says nothing: so has a thread that has never run, and one whose run was stopped.
 */
function toExecutionMeta({ next, tasks, metadata }: Snapshot, hasBreakpoints: boolean): ExecutionMeta {
  const interrupted = tasks.find(({ interrupts }) => interrupts.length > 0);
  const [question] = interrupted?.interrupts.map(toQuestion) ?? [];
  const isWaiting = interrupted !== undefined || (hasBreakpoints && next.length > 0);
  const failed = tasks.some(({ error }) => error !== undefined);
  return {
    current_node: next[0] ?? '__end__',
    step: Math.max(metadata?.step ?? 0, 0),
    status: failed ? 'error' : isWaiting ? 'interrupted_before' : 'completed',
    interrupted_node: interrupted?.name ?? (isWaiting ? (next[0] ?? null) : null),
    interrupt_reason:
      question === undefined ? null : question.remoteCalls === undefined ? 'interrupt' : 'remote_tool_call',
    interrupt_data: question?.value ?? null,
    thread_id: null,
    stop_current_execution: 'none',
    internal_data: {},
  };
}

import type { CheckpointStore } from '@agentflow/core';
import type { AgentState, JsonObject, Message } from '@agentflow/protocol';

/** What is kept of a thread of a plain graph, which keeps nothing itself. */
export interface PlainState {
  readonly messages: readonly Message[];
  readonly values: JsonObject;
  /** How many answers it has given. */
  readonly step: number;
}

export const emptyState: PlainState = { messages: [], values: {}, step: 0 };

/** There is one checkpoint of a thread, always the latest. */
const checkpointId = 'state';
const nothing = { type: 'json', bytes: new TextEncoder().encode('{}') };

export async function readState(store: CheckpointStore, threadUuid: string): Promise<PlainState | null> {
  const stored = await store.get(threadUuid, '', checkpointId);
  return stored === undefined ? null : (JSON.parse(new TextDecoder().decode(stored.checkpoint.bytes)) as PlainState);
}

export async function writeState(store: CheckpointStore, threadUuid: string, state: PlainState): Promise<void> {
  const checkpoint = { type: 'json', bytes: new TextEncoder().encode(JSON.stringify(state)) };
  const place = { threadUuid, namespace: '', checkpointId, parentId: null };
  await store.put({ ...place, checkpoint, metadata: nothing, channelVersions: {} }, []);
}

export function toAgentState({ messages, values, step }: PlainState): AgentState {
  return {
    ...values,
    context: messages,
    context_summary: null,
    execution_meta: {
      current_node: '__end__',
      step,
      status: 'completed',
      interrupted_node: null,
      interrupt_reason: null,
      interrupt_data: null,
      thread_id: null,
      stop_current_execution: 'none',
      internal_data: {},
    },
  };
}

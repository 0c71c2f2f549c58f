import type { RunEvent, RunRequest } from '@agentflow/core';
import type { AgentState } from '@agentflow/protocol';
import type { BaseMessage } from '@langchain/core/messages';
import { isBaseMessage, messagesChannel } from './compiled-graph.js';
import { toMessage } from './messages.js';
import { memberOf } from './runnable-shape.js';

export interface RunStreamParts {
  readonly request: RunRequest;
  /** The ids of the messages that were told before. */
  readonly told: Iterable<string>;
  readonly nowSeconds: () => number;
  /** The thread's state as it is saved now. */
  readonly readState: () => Promise<AgentState | null>;
}

/** Modes that are safe to translate: `debug` and `checkpoints` echo the config, and with it the user. */
export const streamModes = ['messages', 'updates'] as const;

/**
 * LangGraph's chunks as run events: pieces of messages while the model writes them, whole messages when a node has ended.
 * Whatever was in the thread before is not told again.
 */
export async function* toRunEvents(chunks: AsyncIterable<unknown>, parts: RunStreamParts): AsyncGenerator<RunEvent> {
  const told = new Set(parts.told);
  const isResumed = parts.request.resume !== null;
  let step = 0;
  for await (const chunk of chunks) {
    if (!Array.isArray(chunk)) continue;
    const [mode, data] = chunk as [unknown, unknown];
    if (mode === 'messages') {
      const piece = toPiece(data, told, parts.nowSeconds());
      if (piece !== undefined) yield piece;
    } else if (mode === 'updates' && typeof data === 'object' && data !== null) {
      // What nodes did before the run was interrupted, beside the one that asked: it has been told.
      if (isResumed && isKept(data)) continue;
      for (const [node, update] of Object.entries(data)) {
        if (node.startsWith('__')) continue;
        step += 1;
        yield* wholeMessages(node, update, told, parts.nowSeconds());
        yield { kind: 'node', node, step };
      }
      const state = parts.request.withStates ? await parts.readState() : null;
      if (state !== null) yield { kind: 'state', state };
    }
  }
}

/** Whether an update is one that LangGraph had kept, and no node has made it now. */
function isKept(update: object): boolean {
  return memberOf(memberOf(update, '__metadata__'), 'cached') === true;
}

/** `[message, metadata]`; of the metadata, which echoes the config, only the node's name is handed on. */
function toPiece(data: unknown, told: ReadonlySet<string>, nowSeconds: number): RunEvent | undefined {
  if (!Array.isArray(data)) return undefined;
  const [message, metadata] = data as [unknown, unknown];
  // Only what a model streams is a piece; the messages that nodes return come whole, with the node's update.
  if (!isBaseMessage(message) || message.getType() !== 'ai' || !('concat' in message)) return undefined;
  if (message.id === undefined || told.has(message.id)) return undefined;
  const hasText = typeof message.content === 'string' ? message.content !== '' : message.content.length > 0;
  if (!hasText) return undefined;
  const node = (metadata as Record<string, unknown> | undefined)?.['langgraph_node'];
  return {
    kind: 'message',
    message: { ...toMessage(message, { delta: true, nowSeconds }), tools_calls: null },
    node: typeof node === 'string' ? node : null,
  };
}

function* wholeMessages(node: string, update: unknown, told: Set<string>, nowSeconds: number): Generator<RunEvent> {
  for (const message of messagesIn(update)) {
    const translated = toMessage(message, { nowSeconds });
    if (told.has(translated.message_id)) continue;
    told.add(translated.message_id);
    yield { kind: 'message', message: translated, node };
  }
}

/** A node answers with an update, or with several; an update holds one message, or several. */
function messagesIn(update: unknown): BaseMessage[] {
  const updates: readonly unknown[] = Array.isArray(update) ? update : [update];
  return updates.flatMap((item) => {
    if (typeof item !== 'object' || item === null || !(messagesChannel in item)) return [];
    const messages: unknown = item[messagesChannel];
    return (Array.isArray(messages) ? messages : [messages]).filter(isBaseMessage);
  });
}

import { randomUUID } from 'node:crypto';
import { isJsonValue } from '@agentflow/core';
import type { JsonObject, JsonValue, Message, MessageRole } from '@agentflow/protocol';
import { isBaseMessage } from '../langgraph/compiled-graph.js';
import { toMessage } from '../langgraph/messages.js';

/** What a plain graph's answer says: messages, and fields of its own. */
export interface PlainAnswer {
  readonly messages: readonly Message[];
  readonly values: JsonObject;
}

/** Every word for who speaks that chat models use. */
const roles: Readonly<Record<string, MessageRole>> = {
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  system: 'system',
  tool: 'tool',
};

/**
 * Reads an answer of any of the forms that a plain graph may give.
 * @throws {TypeError} if it is none of them
 */
export function readAnswer(answer: unknown, nowSeconds: number): PlainAnswer {
  if (typeof answer === 'string') return { messages: [toAssistant(answer, nowSeconds)], values: {} };
  if (Array.isArray(answer)) return { messages: answer.map((one) => readMessage(one, nowSeconds)), values: {} };
  if (typeof answer !== 'object' || answer === null) throw new TypeError(`the graph answered ${String(answer)}`);
  if (isBaseMessage(answer) || 'role' in answer) return { messages: [readMessage(answer, nowSeconds)], values: {} };
  const { messages, ...rest } = answer as Readonly<Record<string, unknown>>;
  const values = Object.fromEntries(
    Object.entries(rest).filter((entry): entry is [string, JsonValue] => isJsonValue(entry[1])),
  );
  if (messages === undefined) return { messages: [toAssistant(JSON.stringify(values), nowSeconds)], values };
  if (!Array.isArray(messages)) throw new TypeError('the graph answered with "messages" that are no list');
  return { messages: messages.map((one) => readMessage(one, nowSeconds)), values };
}

/** A piece of a text that is being written; undefined for anything that is whole. */
export function readPiece(chunk: unknown): string | undefined {
  if (typeof chunk === 'string') return chunk;
  // LangChain's chunks are messages that can be joined.
  const isChunk = isBaseMessage(chunk) && 'concat' in chunk;
  return isChunk && typeof chunk.content === 'string' ? chunk.content : undefined;
}

export function toAssistant(text: string, nowSeconds: number, id: string = randomUUID()): Message {
  return createMessage(id, 'assistant', text, nowSeconds);
}

function readMessage(value: unknown, nowSeconds: number): Message {
  if (isBaseMessage(value)) return toMessage(value, { nowSeconds });
  const { id, role, content } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const known = typeof role === 'string' && Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (known === undefined) throw new TypeError('the graph answered with a message without a role');
  const text = typeof content === 'string' ? content : JSON.stringify(content ?? null);
  return createMessage(typeof id === 'string' && id !== '' ? id : randomUUID(), known, text, nowSeconds);
}

function createMessage(id: string, role: MessageRole, text: string, timestamp: number): Message {
  return {
    message_id: id,
    role,
    content: [{ type: 'text', text, annotations: [] }],
    delta: false,
    tools_calls: null,
    reasoning: null,
    timestamp,
    metadata: {},
    usages: null,
    raw: null,
    parsed_content: null,
  };
}

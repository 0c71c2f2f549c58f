import { randomUUID } from 'node:crypto';
import { isJsonValue } from '@agentflow/core';
import type { Block, Message, MessageRole, TokenUsage, ToolCall } from '@agentflow/protocol';
import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { objectOf, textOrNull, toBlock, toContent } from './content.js';

/** Under this name of `additional_kwargs` a LangChain message keeps what it has no place of its own for. */
const kept = 'agentflow';

/** A LangChain message in the contract's shape. `delta` marks a piece of a message that is still being written. */
export function toMessage(
  message: BaseMessage,
  options: { readonly delta?: boolean; readonly nowSeconds: number },
): Message {
  const role = roleOf(message);
  const calls = role === 'assistant' ? toolCallsOf(message) : [];
  const keptFacts = objectOf(message.additional_kwargs?.[kept]);
  return {
    message_id: message.id ?? randomUUID(),
    role,
    content: [...contentOf(message, role), ...calls.map(toCallBlock)],
    delta: options.delta ?? false,
    tools_calls: calls.length === 0 ? null : calls.map(toToolCall),
    reasoning: textOrNull(message.additional_kwargs?.['reasoning_content']),
    timestamp: typeof keptFacts['timestamp'] === 'number' ? keptFacts['timestamp'] : options.nowSeconds,
    metadata: { ...(message.name !== undefined && { name: message.name }), ...objectOf(keptFacts['metadata']) },
    usages: usageOf(message),
    raw: null,
    parsed_content: null,
  };
}

/**
 * A message of the contract as LangChain has it. A message with several tool results becomes several, because a
 * LangChain tool message answers one call.
 */
export function fromMessage(message: Message): BaseMessage[] {
  const facts = {
    id: message.message_id,
    additional_kwargs: { [kept]: { timestamp: message.timestamp, metadata: message.metadata } },
  };
  const { content } = message;
  switch (message.role) {
    case 'user':
      return [new HumanMessage({ ...facts, content: toContent(content) })];
    case 'system':
      return [new SystemMessage({ ...facts, content: toContent(content) })];
    case 'assistant':
      return [new AIMessage({ ...facts, content: toContent(content), tool_calls: readToolCalls(message) })];
    case 'tool':
      return content
        .filter((block) => block.type === 'tool_result')
        .map((result, index) => {
          return new ToolMessage({
            ...facts,
            id: index === 0 ? message.message_id : randomUUID(),
            content: typeof result.output === 'string' ? result.output : JSON.stringify(result.output),
            tool_call_id: result.call_id,
            status: result.is_error || result.status === 'failed' ? 'error' : 'success',
          });
        });
  }
}

interface LangChainToolCall {
  readonly id?: string | undefined;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

function roleOf(message: BaseMessage): MessageRole {
  const type: string = message.getType();
  switch (type) {
    case 'human':
      return 'user';
    case 'system':
      return 'system';
    case 'tool':
    case 'function':
      return 'tool';
    default:
      return 'assistant';
  }
}

function contentOf(message: BaseMessage, role: MessageRole): Block[] {
  if (role === 'tool') return [toResultBlock(message)];
  const { content } = message;
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content, annotations: [] }];
  // Calls stand in `tool_calls` too, whatever the provider's own blocks for them look like.
  return content
    .filter(({ type }) => type !== 'tool_use' && type !== 'tool_call')
    .map((part) => toBlock(objectOf(part)));
}

function toCallBlock(call: LangChainToolCall): Block {
  return { type: 'tool_call', id: call.id ?? '', name: call.name, args: objectOf(call.args), tool_type: null };
}

function toToolCall(call: LangChainToolCall): ToolCall {
  return { id: call.id ?? '', type: 'function', function: { name: call.name, arguments: JSON.stringify(call.args) } };
}

function toolCallsOf(message: BaseMessage): readonly LangChainToolCall[] {
  const calls = 'tool_calls' in message ? message.tool_calls : undefined;
  return Array.isArray(calls) ? (calls as LangChainToolCall[]) : [];
}

function readToolCalls(message: Message): { id: string; name: string; args: Record<string, unknown> }[] {
  const blocks = message.content.filter((block) => block.type === 'tool_call');
  const fromBlocks = blocks.map(({ id, name, args }) => ({ id, name, args: { ...args } }));
  const named = new Set(fromBlocks.map(({ id }) => id));
  const fromCalls = (message.tools_calls ?? [])
    .filter(({ id }) => !named.has(id))
    .map((call) => ({ id: call.id, name: call.function.name, args: readArguments(call.function.arguments) }));
  return [...fromBlocks, ...fromCalls];
}

function readArguments(text: string): Record<string, unknown> {
  try {
    return { ...objectOf(JSON.parse(text)) };
  } catch {
    return {};
  }
}

function toResultBlock(message: BaseMessage): Block {
  const { content } = message;
  const callId = 'tool_call_id' in message ? message.tool_call_id : undefined;
  const failed = 'status' in message && message.status === 'error';
  return {
    type: 'tool_result',
    call_id: typeof callId === 'string' ? callId : '',
    output: typeof content === 'string' ? content : isJsonValue(content) ? content : null,
    is_error: failed,
    status: failed ? 'failed' : 'completed',
  };
}

function usageOf(message: BaseMessage): TokenUsage | null {
  const usage = 'usage_metadata' in message ? objectOf(message.usage_metadata) : {};
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
  if (typeof input !== 'number' || typeof output !== 'number') return null;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: typeof total === 'number' ? total : input + output,
  };
}

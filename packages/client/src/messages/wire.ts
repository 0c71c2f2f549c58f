import type { AgentState as WireState } from '@agentflow/protocol';
import { ValidationError } from '../errors/error-classes.js';
import { isObject } from '../json.js';
import type { ContentBlock } from './blocks.js';
import { type FunctionCall, Message, type MessageRole } from './message.js';

/** What a call takes for a message: one, or its fields; `content` may be a plain text. */
export interface MessageFields {
  readonly role: MessageRole;
  readonly content: string | readonly ContentBlock[];
  readonly message_id?: string | number | null | undefined;
  readonly tools_calls?: readonly FunctionCall[] | null | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The state of a thread, with its messages as {@link Message}s. */
export type AgentState = Omit<WireState, 'context'> & { context: Message[] };

/**
 * A message as a request carries it. An id that is not set is left out: AgentFlow's client says `"0"` there, which its server then
 * takes for the id.
 */
function toWire({ role, content, message_id: id, tools_calls: calls, metadata }: MessageFields | Message): object {
  return {
    ...{ role, content },
    ...(id !== null && id !== undefined && { message_id: String(id) }),
    ...(calls && calls.length > 0 && { tools_calls: calls }),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
  };
}

/**
 * The messages of a request: programs without types say a text, or one message alone.
 * @throws {ValidationError}
 */
export function writeMessages(messages: readonly (Message | MessageFields)[]): object[] {
  const isList = Array.isArray(messages) && !messages.some((one) => !isObject(one));
  if (isList) return messages.map(toWire);
  const msg = 'must be a list of messages, such as [Message.text_message("Hello")]';
  throw new ValidationError(`messages ${msg}.`, {
    ...{ code: 'VALIDATION_ERROR', status: 422 },
    details: [{ loc: ['body', 'messages'], msg, type: 'list' }],
  });
}

/** The messages of an answer. */
export function readMessages(wire: unknown): Message[] {
  return Array.isArray(wire) ? wire.map((one) => Message.from(one)) : [];
}

export function readState(wire: unknown): AgentState | null {
  if (!isObject(wire)) return null;
  return { ...wire, context: readMessages(wire['context']) };
}

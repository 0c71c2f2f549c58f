import { randomUUID } from 'node:crypto';
import type { Block, Message, ToolCall } from '@agentflow/protocol';
import { z } from 'zod';
import { jsonObject } from './read-input.js';

const mediaSchema = z.object({
  kind: z.enum(['url', 'file_id', 'data']),
  url: z.string().nullish(),
  file_id: z.string().nullish(),
  data_base64: z.string().nullish(),
  mime_type: z.string().nullish(),
  filename: z.string().nullish(),
});

const blockSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string(), annotations: z.array(z.json()).default([]) }),
  z.object({ type: z.enum(['image', 'audio', 'video', 'document']), media: mediaSchema }),
  z.object({
    type: z.literal('tool_call'),
    id: z.string().min(1),
    name: z.string().min(1),
    args: jsonObject.default({}),
    tool_type: z.string().nullable().default(null),
  }),
  z.object({
    type: z.literal('tool_result'),
    call_id: z.string().min(1),
    output: z.json().default(null),
    is_error: z.boolean().default(false),
    status: z.enum(['completed', 'failed']).default('completed'),
  }),
  z.object({
    type: z.literal('reasoning'),
    summary: z.string(),
    details: z.array(z.string()).nullable().default(null),
  }),
  z.object({
    type: z.literal('data'),
    mime_type: z.string(),
    data_base64: z.string().nullable().default(null),
    media: mediaSchema.nullable().default(null),
  }),
]) as z.ZodType<Block>;

const toolCallSchema = z.object({
  id: z.string().min(1),
  type: z.literal('function').default('function'),
  function: z.object({ name: z.string().min(1), arguments: z.string() }),
}) as z.ZodType<ToolCall>;

/** A message as clients send it: looser than the one that they read (contract part 8, point 6). */
export const clientMessageSchema = z
  .object({
    role: z.enum(['user', 'assistant', 'system', 'tool']),
    content: z.union([z.string(), z.array(blockSchema)], { error: 'must be a text or a list of content blocks' }),
    message_id: z.union([z.string().max(255), z.number()]).nullish(),
    tools_calls: z.array(toolCallSchema).nullish(),
    timestamp: z.number().nonnegative().nullish(),
    metadata: jsonObject.nullish(),
  })
  .meta({ id: 'ClientMessage' });

export type ClientMessage = z.output<typeof clientMessageSchema>;

/** More than any count of seconds that is a date of this era: then it is milliseconds. */
const secondsLimit = 1e11;

/**
 * Makes a whole message of what a client sent. An id that is missing, null, `"0"` (AgentFlow's client means "unset") or
 * already taken in the thread is replaced: a message is only ever added, never put in the place of another.
 */
export function acceptMessage(sent: ClientMessage, taken: ReadonlySet<string>, nowSeconds: number): Message {
  const id = String(sent.message_id);
  const stamp = sent.timestamp ?? nowSeconds;
  return {
    message_id: isUnset(sent.message_id) || taken.has(id) ? randomUUID() : id,
    role: sent.role,
    content: typeof sent.content === 'string' ? [{ type: 'text', text: sent.content, annotations: [] }] : sent.content,
    delta: false,
    tools_calls: sent.tools_calls ?? null,
    reasoning: null,
    timestamp: stamp > secondsLimit ? stamp / 1000 : stamp,
    metadata: sent.metadata ?? {},
    usages: null,
    raw: null,
    parsed_content: null,
  };
}

/** Whether what is already in the thread has a say in how this message is taken. */
export function dependsOnThread({ role, message_id: id }: ClientMessage): boolean {
  return role === 'tool' || !isUnset(id);
}

/** AgentFlow's client says "0" where it means that the server should choose. */
function isUnset(id: ClientMessage['message_id']): boolean {
  return id === null || id === undefined || id === '' || String(id) === '0';
}

/** The ids of the tool calls in a thread that no message answers yet. */
export function openToolCalls(context: readonly Message[]): ReadonlySet<string> {
  const open = new Set<string>();
  for (const message of context) {
    for (const call of message.tools_calls ?? []) open.add(call.id);
    for (const block of message.content) if (block.type === 'tool_result') open.delete(block.call_id);
  }
  return open;
}

/** What any client may say: as the user, or as the answer to a tool call that is open. Anything else forges history. */
export function isClientsToSay(message: ClientMessage, open: ReadonlySet<string>): boolean {
  return !isForgeryInAnyThread(message) && answeredCalls(message).every((id) => open.has(id));
}

/** Whether a message is more than a client may say, whatever tool calls are open in the thread. */
export function isForgeryInAnyThread(message: ClientMessage): boolean {
  if ((message.tools_calls?.length ?? 0) > 0) return true;
  const types = typeof message.content === 'string' ? [] : message.content.map(({ type }) => type);
  if (message.role === 'user') return types.some((type) => enginesOwn.has(type));
  return message.role !== 'tool' || types.length === 0 || types.some((type) => type !== 'tool_result');
}

/** Blocks that only the model or a tool writes. */
const enginesOwn: ReadonlySet<Block['type']> = new Set(['tool_call', 'tool_result', 'reasoning']);

export function answeredCalls({ content }: ClientMessage): string[] {
  if (typeof content === 'string') return [];
  return content.flatMap((block) => (block.type === 'tool_result' ? [block.call_id] : []));
}

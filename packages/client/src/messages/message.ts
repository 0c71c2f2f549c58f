import { now } from '../clock.js';
import { isObject } from '../json.js';
import { type ContentBlock, MediaRef, mediaBlocks, TextBlock } from './blocks.js';

export type MessageRole = 'user' | 'assistant' | 'system' | 'tool';

export interface TokenUsages {
  completion_tokens: number;
  prompt_tokens: number;
  total_tokens: number;
}

/** A call of a tool in the form of a chat completion; the arguments are JSON text. */
export interface FunctionCall {
  readonly id: string;
  readonly type?: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** One message: what a program makes to say something, and what every call answers with. */
export class Message {
  /** Null: the server gives one. */
  message_id: string | null;
  role: MessageRole;
  content: ContentBlock[];
  /** True for a piece of a message that is still being written. */
  delta = false;
  tools_calls: FunctionCall[] | null = null;
  reasoning: string | null = null;
  /** Seconds since 1970. */
  timestamp: number = now() / 1000;
  metadata: Record<string, unknown> = {};
  usages: TokenUsages | null = null;

  constructor(role: MessageRole, content: ContentBlock[], message_id: string | null = null) {
    this.role = role;
    this.content = content;
    this.message_id = message_id;
  }

  static text_message(content: string, role: MessageRole = 'user', message_id: string | null = null): Message {
    return new Message(role, [new TextBlock(content)], message_id);
  }

  /** Answers to calls of tools: {@link ToolResultBlock}s. */
  static tool_message(
    content: ContentBlock[],
    message_id: string | null = null,
    meta: Record<string, unknown> = {},
  ): Message {
    const message = new Message('tool', content, message_id);
    message.metadata = meta;
    return message;
  }

  static withImage(text: string, imageUrl: string, role: Exclude<MessageRole, 'tool'> = 'user'): Message {
    const message = Message.text_message(text, role);
    message.attach_media(new MediaRef('url', imageUrl), 'image');
    return message;
  }

  /** Refers to a file that was uploaded: `file_id` of what `uploadFile` answers. */
  static withFile(
    text: string,
    fileId: string,
    mimeType?: string,
    role: Exclude<MessageRole, 'tool'> = 'user',
  ): Message {
    const message = Message.text_message(text, role);
    const [kind] = /^(?:image|audio|video)(?=\/)/.exec(mimeType ?? '') ?? ['document'];
    message.attach_media(
      new MediaRef('file_id', undefined, fileId, undefined, mimeType),
      kind as keyof typeof mediaBlocks,
    );
    return message;
  }

  static multimodal(blocks: ContentBlock[], role: Exclude<MessageRole, 'tool'> = 'user'): Message {
    return new Message(role, blocks);
  }

  /** A message as it crosses the wire, with the methods of this class. What is no message becomes an empty one. */
  static from(wire: unknown): Message {
    const message = new Message('assistant', []);
    for (const [name, value] of Object.entries(isObject(wire) ? wire : {})) {
      // What has the name of a method, or of what every object has, would take its place.
      if (!(name in Message.prototype)) Object.assign(message, { [name]: value });
    }
    message.content = Array.isArray(message.content) ? message.content.filter(isObject) : [];
    return message;
  }

  /** All that it says, and what tools have answered in it. */
  text(): string {
    return this.content
      .map((block) => {
        if (block.type === 'text') return block.text;
        if (block.type !== 'tool_result') return '';
        return typeof block.output === 'string' ? block.output : JSON.stringify(block.output);
      })
      .join('');
  }

  attach_media(media: MediaRef, as_type: keyof typeof mediaBlocks): void {
    this.content.push(new mediaBlocks[as_type](media));
  }
}

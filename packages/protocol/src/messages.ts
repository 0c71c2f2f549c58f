/** A JSON value, as it crosses the wire. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export type MessageRole = 'user' | 'assistant' | 'system' | 'tool';

/** Where a picture, sound or document is. */
export interface MediaRef {
  readonly kind: 'url' | 'file_id' | 'data';
  readonly url?: string | null;
  readonly file_id?: string | null;
  readonly data_base64?: string | null;
  readonly mime_type?: string | null;
  readonly filename?: string | null;
}

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  readonly annotations: readonly JsonValue[];
}
export interface MediaBlock {
  readonly type: 'image' | 'audio' | 'video' | 'document';
  readonly media: MediaRef;
}
export interface ToolCallBlock {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly tool_type: string | null;
}
/** A call that waits for a client to run the tool and to send a `tool_result` with this id. */
export interface RemoteToolCallBlock {
  readonly type: 'remote_tool_call';
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly tool_type: 'remote';
}
export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly call_id: string;
  readonly output: JsonValue;
  readonly is_error: boolean;
  readonly status: 'completed' | 'failed';
}
export interface ReasoningBlock {
  readonly type: 'reasoning';
  readonly summary: string;
  readonly details: readonly string[] | null;
}
/** What a graph's message holds that has no block of its own. */
export interface DataBlock {
  readonly type: 'data';
  readonly mime_type: string;
  readonly data_base64: string | null;
  readonly media: MediaRef | null;
}
export type Block =
  | TextBlock
  | MediaBlock
  | ToolCallBlock
  | RemoteToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | DataBlock;

/** An answered or open call of a tool, in the form of a chat completion. `arguments` is JSON text. */
export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface TokenUsage {
  readonly completion_tokens: number;
  readonly prompt_tokens: number;
  readonly total_tokens: number;
}

/** One message of a thread. AgentFlow writes `tools_calls` with two plurals. `timestamp` is in seconds. */
export interface Message {
  readonly message_id: string;
  readonly role: MessageRole;
  readonly content: readonly Block[];
  /** True for a piece of a message that is still being written. */
  readonly delta: boolean;
  readonly tools_calls: readonly ToolCall[] | null;
  readonly reasoning: string | null;
  readonly timestamp: number;
  readonly metadata: JsonObject;
  readonly usages: TokenUsage | null;
  readonly raw: null;
  readonly parsed_content: null;
}

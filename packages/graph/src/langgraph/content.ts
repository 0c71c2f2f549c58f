import type { Block, JsonObject } from '@agentflow/protocol';

/** A part of a LangChain message's content. Providers have parts of their own, so little is known of them. */
export interface ContentPart {
  readonly type: string;
  readonly [name: string]: unknown;
}

type MediaBlock = Extract<Block, { readonly media: object; readonly type: 'image' | 'audio' | 'video' | 'document' }>;

/** LangChain's names of media parts, and what the contract calls them. */
const mediaTypes: Readonly<Record<string, MediaBlock['type']>> = {
  image: 'image',
  image_url: 'image',
  audio: 'audio',
  video: 'video',
  file: 'document',
};

/** A part of a LangChain message in the contract's shape. */
export function toBlock(part: JsonObject): Block {
  const type = textOrNull(part['type']) ?? '';
  if (type === 'text') return { type, text: textOrNull(part['text']) ?? '', annotations: [] };
  if (type === 'reasoning' || type === 'thinking') {
    return { type: 'reasoning', summary: textOrNull(part['reasoning'] ?? part['thinking']) ?? '', details: null };
  }
  const mediaType = Object.hasOwn(mediaTypes, type) ? mediaTypes[type] : undefined;
  if (mediaType !== undefined) return toMediaBlock(mediaType, part);
  // What has no block of its own is handed on whole rather than lost.
  const data_base64 = Buffer.from(JSON.stringify(part)).toString('base64');
  return { type: 'data', mime_type: 'application/json', data_base64, media: null };
}

function toMediaBlock(type: MediaBlock['type'], part: JsonObject): MediaBlock {
  const url = objectOf(part['image_url'])['url'] ?? part['image_url'] ?? part['url'];
  const mime_type = textOrNull(part['mimeType'] ?? part['mime_type']);
  if (typeof url === 'string') return { type, media: { kind: 'url', url, mime_type } };
  return { type, media: { kind: 'data', data_base64: textOrNull(part['data']), mime_type } };
}

/** The contract's blocks as the content of a LangChain message; calls and results have places of their own there. */
export function toContent(blocks: readonly Block[]): string | ContentPart[] {
  const [first] = blocks;
  if (blocks.length === 1 && first?.type === 'text') return first.text;
  return blocks.map(toPart).filter((part) => part !== undefined);
}

function toPart(block: Block): ContentPart | undefined {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
      return toMediaPart(block);
    case 'reasoning':
      return { type: 'reasoning', reasoning: block.summary };
    case 'data':
      return { type: 'file', mimeType: block.mime_type, data: block.data_base64 };
    case 'tool_call':
    case 'remote_tool_call':
    case 'tool_result':
      return undefined;
  }
}

function toMediaPart({ type, media }: MediaBlock): ContentPart {
  const kind = type === 'document' ? 'file' : type;
  if (media.kind === 'data') return { type: kind, mimeType: media.mime_type, data: media.data_base64 };
  const url = media.kind === 'file_id' ? `agentflow://media/${media.file_id}` : media.url;
  // An image by URL in the form that every provider's adapter understands.
  return type === 'image' ? { type: 'image_url', image_url: { url } } : { type: kind, mimeType: media.mime_type, url };
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

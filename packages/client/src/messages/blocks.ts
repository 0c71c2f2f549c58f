/*
 * What a message holds. Existing programs make these with `new`, or write them as plain objects: both are the same here, and cross the
 * wire as they are.
 */

export type MediaKind = 'url' | 'file_id' | 'data';

/** Where a picture, sound or document is. */
export class MediaRef {
  kind: MediaKind;
  url?: string | null | undefined;
  file_id?: string | null | undefined;
  data_base64?: string | null | undefined;
  mime_type?: string | null | undefined;
  size_bytes?: number | null | undefined;
  sha256?: string | null | undefined;
  filename?: string | null | undefined;
  width?: number | null | undefined;
  height?: number | null | undefined;
  duration_ms?: number | null | undefined;
  page?: number | null | undefined;

  constructor(
    kind: MediaKind = 'url',
    url?: string,
    file_id?: string,
    data_base64?: string,
    mime_type?: string,
    size_bytes?: number,
    sha256?: string,
    filename?: string,
    width?: number,
    height?: number,
    duration_ms?: number,
    page?: number,
  ) {
    this.kind = kind;
    const given = {
      url,
      file_id,
      data_base64,
      mime_type,
      size_bytes,
      sha256,
      filename,
      width,
      height,
      duration_ms,
      page,
    };
    Object.assign(this, given);
  }
}

export class AnnotationRef {
  url?: string | null | undefined;
  file_id?: string | null | undefined;
  page?: number | null | undefined;
  index?: number | null | undefined;
  title?: string | null | undefined;

  constructor(url?: string, file_id?: string, page?: number, index?: number, title?: string) {
    Object.assign(this, { url, file_id, page, index, title });
  }
}

export class TextBlock {
  readonly type = 'text';
  text: string;
  annotations: AnnotationRef[];

  constructor(text = '', annotations: AnnotationRef[] = []) {
    this.text = text;
    this.annotations = annotations;
  }
}

export class ImageBlock {
  readonly type = 'image';
  media: MediaRef;
  alt_text?: string | undefined;
  bbox?: number[] | undefined;

  constructor(media: MediaRef = new MediaRef(), alt_text?: string, bbox?: number[]) {
    this.media = media;
    this.alt_text = alt_text;
    this.bbox = bbox;
  }
}

export class AudioBlock {
  readonly type = 'audio';
  media: MediaRef;
  transcript?: string | undefined;
  sample_rate?: number | undefined;
  channels?: number | undefined;

  constructor(media: MediaRef = new MediaRef(), transcript?: string, sample_rate?: number, channels?: number) {
    this.media = media;
    this.transcript = transcript;
    this.sample_rate = sample_rate;
    this.channels = channels;
  }
}

export class VideoBlock {
  readonly type = 'video';
  media: MediaRef;
  thumbnail?: MediaRef | undefined;

  constructor(media: MediaRef = new MediaRef(), thumbnail?: MediaRef) {
    this.media = media;
    this.thumbnail = thumbnail;
  }
}

export class DocumentBlock {
  readonly type = 'document';
  media: MediaRef;
  pages?: number[] | undefined;
  excerpt?: string | undefined;

  constructor(media: MediaRef = new MediaRef(), pages?: number[], excerpt?: string) {
    this.media = media;
    this.pages = pages;
    this.excerpt = excerpt;
  }
}

export class DataBlock {
  readonly type = 'data';
  mime_type: string;
  data_base64?: string | null | undefined;
  media?: MediaRef | null | undefined;

  constructor(mime_type = '', data_base64?: string, media?: MediaRef) {
    this.mime_type = mime_type;
    this.data_base64 = data_base64;
    this.media = media;
  }
}

/** The model asks for a tool that the server runs. */
export class ToolCallBlock {
  readonly type = 'tool_call';
  id: string;
  name: string;
  args: Record<string, unknown>;
  tool_type?: string | null | undefined;

  constructor(id = '', name = '', args: Record<string, unknown> = {}, tool_type?: string) {
    this.id = id;
    this.name = name;
    this.args = args;
    this.tool_type = tool_type;
  }
}

/** The model asks for a tool that this client runs. */
export class RemoteToolCallBlock {
  readonly type = 'remote_tool_call';
  id: string;
  name: string;
  args: Record<string, unknown>;
  tool_type: string;

  constructor(id = '', name = '', args: Record<string, unknown> = {}, tool_type = 'remote') {
    this.id = id;
    this.name = name;
    this.args = args;
    this.tool_type = tool_type;
  }
}

export class ToolResultBlock {
  readonly type = 'tool_result';
  call_id: string;
  output: unknown;
  is_error: boolean;
  status: 'completed' | 'failed';

  constructor(result: { call_id: string; output: unknown; status: 'completed' | 'failed'; is_error: boolean }) {
    this.call_id = result.call_id;
    this.output = result.output;
    this.status = result.status;
    this.is_error = result.is_error;
  }
}

export class ReasoningBlock {
  readonly type = 'reasoning';
  summary: string;
  details?: string[] | null | undefined;

  constructor(summary = '', details?: string[]) {
    this.summary = summary;
    this.details = details;
  }
}

export class AnnotationBlock {
  readonly type = 'annotation';
  kind: 'citation' | 'note';
  refs: AnnotationRef[];
  spans?: [number, number][] | undefined;

  constructor(kind: 'citation' | 'note' = 'citation', refs: AnnotationRef[] = [], spans?: [number, number][]) {
    this.kind = kind;
    this.refs = refs;
    this.spans = spans;
  }
}

export class ErrorBlock {
  readonly type = 'error';
  message: string;
  code?: string | undefined;
  data?: Record<string, unknown> | undefined;

  constructor(message = '', code?: string, data?: Record<string, unknown>) {
    this.message = message;
    this.code = code;
    this.data = data;
  }
}

export type ContentBlock =
  | TextBlock
  | ImageBlock
  | AudioBlock
  | VideoBlock
  | DocumentBlock
  | DataBlock
  | ToolCallBlock
  | RemoteToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | AnnotationBlock
  | ErrorBlock;

type MediaBlockClass = new (media: MediaRef) => ImageBlock | AudioBlock | VideoBlock | DocumentBlock;

/** The class of a block for what a file is. */
export const mediaBlocks: Readonly<Record<'image' | 'audio' | 'video' | 'document', MediaBlockClass>> = {
  image: ImageBlock,
  audio: AudioBlock,
  video: VideoBlock,
  document: DocumentBlock,
};

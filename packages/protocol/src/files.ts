/** A file as its owner is told of it. `direct_url` opens without a credential until `direct_url_expires_at`, in seconds. */
export interface FileInfo {
  /** 32 hexadecimal digits. */
  readonly file_id: string;
  /** As its content was recognised, whatever was said of it. */
  readonly mime_type: string;
  readonly size_bytes: number;
  /** As it was given. It names the file for people, and nothing is found by it. */
  readonly filename: string;
  /** Of a text that is not too long; null for anything else. */
  readonly extracted_text: string | null;
  readonly direct_url: string | null;
  readonly direct_url_expires_at: number | null;
}

export interface UploadedFile extends FileInfo {
  /** Where it is read with a credential. Like every address here, without scheme and host. */
  readonly url: string;
}

/** `expires_at` is in seconds. */
export interface FileAccessUrl {
  readonly file_id: string;
  readonly url: string;
  readonly expires_at: number;
  readonly mime_type: string;
}

export interface MultimodalConfig {
  readonly media_storage_type: 'local';
  readonly media_max_size_mb: number;
  readonly document_handling: 'extract_text';
  /** Not in AgentFlow: the types that are taken. */
  readonly media_types: readonly string[];
}

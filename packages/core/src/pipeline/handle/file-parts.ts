import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { FileStore } from '../../stores/file-store.js';
import type { FileVault } from '../../stores/file-vault.js';
import type { ServerKeyStore } from '../../stores/server-key-store.js';

/** What of files the configuration decides. */
export interface FileRules {
  /** Of one file. */
  readonly maxBytes: number;
  /** Of all files of one principal. */
  readonly quotaBytes: number;
  /** The media types that are taken. */
  readonly types: readonly string[];
  /** How long a link opens a file without a credential. */
  readonly linkSeconds: number;
}

/** Files, as far as those who run the graph need them. */
export interface KeptFiles {
  readonly files: FileStore;
  readonly vault: FileVault;
}

export interface FileParts extends KeptFiles {
  readonly rules: FileRules;
  readonly serverKeys: ServerKeyStore;
  readonly clock: Clock;
  readonly log: Log;
}

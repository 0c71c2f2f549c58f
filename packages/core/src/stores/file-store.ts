import type { OwnerKey } from '../principal.js';
import type { Page } from './page.js';

/** What is kept about a file beside its bytes. */
export interface StoredFile {
  /** 32 hexadecimal digits, which nobody outside has chosen. */
  readonly fileId: string;
  /** As whoever uploaded it calls it: for people alone. */
  readonly filename: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * The rows of files, always within one owner but for {@link find} by a link that we have signed. A file is there from the moment that its
 * row is: its bytes lie in the {@link FileVault} before.
 */
export interface FileStore {
  /** False, and nothing is kept, where the owner's files would then be larger than `quotaBytes` together. */
  add(owner: OwnerKey, file: Omit<StoredFile, 'createdAt'>, quotaBytes: number): Promise<boolean>;
  find(owner: OwnerKey, fileId: string): Promise<StoredFile | undefined>;
  /** Whosever it is: only for what a signature has opened. */
  findLinked(fileId: string): Promise<StoredFile | undefined>;
  /** The latest first. */
  list(owner: OwnerKey, page: Page): Promise<readonly StoredFile[]>;
  /** False where there was none. */
  delete(owner: OwnerKey, fileId: string): Promise<boolean>;
  /** How large the owner's files are together. */
  usedBytes(owner: OwnerKey): Promise<number>;
  /** Those of the ids that have a row, whosever they are: whoever clears up asks it. */
  known(fileIds: readonly string[]): Promise<ReadonlySet<string>>;
}

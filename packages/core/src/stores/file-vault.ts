/** Bytes that have arrived whole and are safe, but are nobody's file yet. */
export interface ReceivedFile {
  readonly sizeBytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Where they lie meanwhile, for who looks into them. */
  readonly path: string;
  /** Puts them where {@link FileVault.read} finds them. */
  keep(fileId: string): Promise<void>;
  /** Removes them, kept or not. */
  discard(): Promise<void>;
}

/** Where the bytes of files lie, under names of ours. It knows no owners: whoever asks it has found the file in the caller's own. */
export interface FileVault {
  /** Writes bytes as they come. Nothing is left of them where they break off. */
  receive(bytes: AsyncIterable<Uint8Array>): Promise<ReceivedFile>;
  /** Whether they lie there, all of them. */
  has(fileId: string, sizeBytes: number): Promise<boolean>;
  /** Nothing is opened before the first piece is asked for. */
  read(fileId: string): AsyncIterable<Uint8Array>;
  /** Also where there are none. */
  delete(fileId: string): Promise<void>;
  /**
   * Notes, for good, that a database has rows of what lies here. Whether no other has.
   * @param database 32 hexadecimal digits, the same for all processes of it
   */
  claim(database: string): Promise<boolean>;
  /**
   * Removes what a process left behind that died between two steps: what was never received whole, and what has no row. Only what
   * is older than an hour, because others may be about to write its row.
   * @param known those of the ids that have a row
   */
  sweep(known: (fileIds: readonly string[]) => Promise<ReadonlySet<string>>): Promise<void>;
}

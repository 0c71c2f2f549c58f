/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call, wherever it is: before it is sent, while it is answered, between two tries. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call with all its tries; for a stream, up to its first byte. 0: no limit. */
  readonly timeout?: number | undefined;
  /** Stand over all others of the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a client has sent: nothing but texts is understood. */
export type ReceivedFrame = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'binary' };

/** An accepted WebSocket, as its host has it. */
export interface SocketConnection {
  /**
   * What the client sends, each when it is asked for: until then nothing more is read. Ends when the connection has closed.
   * @throws {RequestError} READER_TOO_SLOW if what is sent is not read
   */
  readonly frames: AsyncIterable<ReceivedFrame>;
  /** Sends a text. A promise where more should wait: it resolves when the client has caught up, or has gone. */
  send(text: string): Promise<void> | undefined;
  /** Says goodbye, once what was sent before is on its way (RFC 6455 §7.1.2). */
  close(code: number, reason: string): void;
  /** How it was closed; undefined while it is not. */
  closing(): { readonly code: number } | undefined;
}

/** What happens on a WebSocket that may be accepted. */
export interface Conversation {
  /** Of the sub-protocols that the client has offered, the one that it is told. */
  readonly protocol: string | undefined;
  readonly maxFrameBytes: number;
  /** How often the client is asked whether it is still there. */
  readonly pingMilliseconds: number;
  /**
   * Holds it until either side ends it. Must be called, without a connection where the client has left before it had one. Never
   * rejects.
   */
  hold(connection: SocketConnection | undefined): Promise<void>;
  /** Ends it as soon as no run goes on: the server ends. */
  retire(): void;
}

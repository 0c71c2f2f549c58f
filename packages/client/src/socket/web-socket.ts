import { NotSupportedError } from '../errors/error-classes.js';

/** What any event of a socket may say. */
export interface SocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
}

/** What this client uses of a WebSocket: browsers', Node's own and that of `ws` have it. */
export interface WebSocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'message' | 'error' | 'close', listener: (event: SocketEvent) => void): void;
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

/** @throws {NotSupportedError} where there is none */
export function pickWebSocket(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const own = (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket;
  const picked = given ?? own;
  if (picked !== undefined) return picked;
  const message = 'There is no WebSocket here: give one as webSocketImpl, that of the package "ws" for instance.';
  throw new NotSupportedError(message, { code: 'NO_WEBSOCKET' });
}

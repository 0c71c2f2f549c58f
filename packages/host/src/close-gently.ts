import type { Socket } from 'node:net';

/** Long enough for an answer to be read; too short to keep a socket for nothing. */
const lingerMilliseconds = 2_000;

const lingering = new WeakSet<Socket>();

/**
 * Ends a connection whose client still sends what nobody wants: our side at once, all of it a moment later. Closed at once it would be reset,
 * and the client would never read why it was refused (RFC 9112 §9.6). What comes meanwhile is thrown away.
 */
export function closeGently(socket: Socket): void {
  socket.destroySoon = () => {
    lingering.add(socket);
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMilliseconds);
    socket.once('close', () => clearTimeout(timer));
  };
}

/** Whether the last answer on a connection has been given: whatever else comes on it is no request any more. */
export function isLingering(socket: Socket): boolean {
  return lingering.has(socket);
}

import type { ServerResponse } from 'node:http';

/** How long a reader may take nothing of what waits for it. */
export const stallMilliseconds = 30_000;

/**
 * Cuts off whoever asks and does not read: what waits for them fills the memory, and a stream of theirs holds its thread.
 * To read slowly is no fault, and neither is to wait for a stream that has nothing to say: Node's time-out of a socket starts
 * anew with every byte that the system takes.
 */
export function cutOffStalled(response: ServerResponse, milliseconds: number = stallMilliseconds): void {
  response.setTimeout(milliseconds, () => {
    const { socket } = response;
    if (socket === null) return;
    if (socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(milliseconds);
  });
}

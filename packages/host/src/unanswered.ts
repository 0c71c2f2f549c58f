import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** How many requests of a connection wait for their answer. */
const unanswered = new WeakMap<Duplex, number>();

/** Counts a request of its connection, until it has been answered. */
export function countUntilAnswered(response: ServerResponse): void {
  const { socket } = response.req;
  unanswered.set(socket, (unanswered.get(socket) ?? 0) + 1);
  response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
}

/** Whether the answer to an earlier request on a connection is still to come. */
export function isAnswerPending(socket: Duplex): boolean {
  return (unanswered.get(socket) ?? 0) > 0;
}

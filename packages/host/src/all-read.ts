import type { IncomingMessage } from 'node:http';

/** Whether nothing of a request is left to read: all of it has come, and what has come was taken. */
export function isAllRead({ complete, readableLength }: IncomingMessage): boolean {
  return complete && readableLength === 0;
}

import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Turns {
  add(request: IncomingMessage, response: ServerResponse): void;
  /** Resolves when whatever was added before has begun. */
  begun(): Promise<void>;
}

/**
 * Begins the requests that one turn of the event loop brings when all of them have been read, in the order in which they came. Each step then
 * runs for one after the other, and finds its code in the processor's caches. A request that comes alone waits for nothing.
 */
export function serveByTurn(serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Turns {
  let turn: [IncomingMessage, ServerResponse][] = [];

  function serveAll(): void {
    const requests = turn;
    turn = [];
    for (const [request, response] of requests) void serve(request, response);
  }

  return {
    add(request, response) {
      if (turn.push([request, response]) === 1) setImmediate(serveAll);
    },
    // Immediates run in the order in which they were set.
    begun: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

import { RequestError, UnavailableError } from '../../errors.js';
import { createHeldPlaces } from '../../limits/held-places.js';
import type { OwnerKey } from '../../principal.js';

/** How many sockets may be open at once; 0 for any number. */
export interface SocketCaps {
  readonly maxConnections: number;
  readonly maxConnectionsPerUser: number;
}

/** The sockets of this process. */
export interface OpenSockets {
  /**
   * Counts another one, until the function that it returns is called.
   * @throws {UnavailableError} where there are as many as there may be
   * @throws {RequestError} RATE_LIMIT_EXCEEDED where the principal has as many as one may have
   */
  enter(owner: OwnerKey, caps: SocketCaps): () => void;
}

export function createOpenSockets(): OpenSockets {
  const places = createHeldPlaces();
  let count = 0;
  return {
    enter(owner, { maxConnections, maxConnectionsPerUser }) {
      if (maxConnections > 0 && count >= maxConnections) {
        throw new UnavailableError({
          reason: `there are ${count} sockets, as many as "websocket.max_connections" lets be`,
          message: 'There are too many WebSockets open here. Try again later.',
        });
      }
      const own = places.of(owner);
      if (maxConnectionsPerUser > 0 && own >= maxConnectionsPerUser) {
        throw new RequestError('RATE_LIMIT_EXCEEDED', {
          message: `You have ${own} WebSockets open, as many as one may have. Close one first.`,
          retryAfterSeconds: 1,
        });
      }
      count += 1;
      const leave = places.take(owner);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        count -= 1;
        leave();
      };
    },
  };
}

import type { SocketLimits } from '@agentflow/core';
import { type Configuration, websocketSchema } from '../configuration/schema.js';

/** What `websocket` says, or what holds where it says nothing. */
export function chooseSocketLimits({ websocket = websocketSchema.parse({}) }: Configuration): SocketLimits {
  return {
    maxConnections: websocket.max_connections,
    maxConnectionsPerUser: websocket.max_connections_per_user,
    pingMilliseconds: websocket.ping_interval * 1000,
    idleMilliseconds: websocket.idle_timeout * 1000,
  };
}

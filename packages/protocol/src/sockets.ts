/**
 * Sub-protocols that a browser offers in front of a bearer token, because it can send no header field with a WebSocket; the server
 * takes the first (contract 4.6).
 */
export const bearerProtocols: readonly string[] = ['agentflow-bearer', '10xgraph-bearer'];

/** The one that is offered in front of a ticket. */
export const ticketProtocol = 'agentflow-ticket';

/** The answer of `POST /v1/auth/ws-ticket`. */
export interface SocketTicketResponse {
  /** For one opening, as the sub-protocol after `agentflow-ticket`. */
  readonly ticket: string;
  /** RFC 3339 in UTC. */
  readonly expires_at: string;
  readonly expires_in_seconds: number;
  /** The one path that takes it. */
  readonly path: string;
}

import { routes, type SocketTicketResponse } from '@agentflow/protocol';
import { type Clock, formatTime } from '../../clock.js';
import { RequestError } from '../../errors.js';
import type { TicketStore } from '../../stores/ticket-store.js';
import { issueTicket, ticketMilliseconds } from '../authenticate/redeem-ticket.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';

export interface TicketHandlerParts {
  readonly tickets: TicketStore;
  readonly clock: Clock;
}

/** A socket, and a ticket for one. What happens on a socket is asked for by its frames. */
export function createSocketHandlers(parts: TicketHandlerParts): Pick<Handlers, 'openSocket' | 'issueSocketTicket'> {
  return {
    openSocket: () => ({ kind: 'socket' }),
    issueSocketTicket: async (call) => data(await issue(call, parts)),
  };
}

async function issue(call: Call, { tickets, clock }: TicketHandlerParts): Promise<SocketTicketResponse> {
  const place = { owner: call.owner, route: 'openSocket' } as const;
  const issued = await issueTicket(call.proof(), place, { tickets, now: clock.now() });
  if (issued === undefined) {
    throw new RequestError('RATE_LIMIT_EXCEEDED', {
      message: 'Too many of your tickets wait for their use. Use one, or let them run out.',
      retryAfterSeconds: 1,
    });
  }
  return {
    ticket: issued.ticket,
    expires_at: formatTime(issued.expiresAt),
    expires_in_seconds: ticketMilliseconds / 1000,
    path: routes.openSocket.path,
  };
}

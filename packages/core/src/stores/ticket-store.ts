import type { OwnerKey } from '../principal.js';

/** A ticket that nobody has used yet: what it holds can be read by whoever has the ticket itself, and by nobody else. */
export interface StoredTicket {
  readonly hash: string;
  readonly owner: OwnerKey;
  /** The name of the one route that takes it. */
  readonly route: string;
  readonly sealed: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Tickets, each good for one use. */
export interface TicketStore {
  /** Keeps one, unless its owner has as many already. True if it was kept. Those that have run out are removed by the way. */
  add(ticket: StoredTicket, maxOfOwner: number): Promise<boolean>;
  /** Takes one out, for one of all who ask at the same time; undefined where there is none, or it has run out. */
  redeem(hash: string, route: string): Promise<StoredTicket | undefined>;
}

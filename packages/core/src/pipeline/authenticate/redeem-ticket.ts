import type { RouteName } from '@agentflow/protocol';
import { BadRequestError, UnauthenticatedError, UnavailableError } from '../../errors.js';
import { keyOfOwner, type OwnerKey, ownerOf } from '../../principal.js';
import type { StoredTicket, TicketStore } from '../../stores/ticket-store.js';
import { readSigned } from '../read/read-signed.js';
import type { Caller, RequestView } from '../request.js';
import { type AuthenticateOptions, authenticate } from './authenticate.js';
import { challengesOf } from './challenges.js';
import { withProof } from './proof-fields.js';
import { hashTicket, isTicketForm, openTicket, sealTicket } from './sealed-ticket.js';

/** A ticket is used within this time, or never. */
export const ticketMilliseconds = 30_000;

/** Of one principal, that wait for their use. */
const maxTickets = 50;

export interface TicketParts {
  readonly tickets: TicketStore;
  readonly now: number;
}

/** Keeps what a caller has proved themselves with, for one use at one route. Undefined where too many of theirs wait. */
export async function issueTicket(
  proof: ReadonlyMap<string, string>,
  { owner, route }: { readonly owner: OwnerKey; readonly route: RouteName },
  { tickets, now }: TicketParts,
): Promise<{ readonly ticket: string; readonly expiresAt: number } | undefined> {
  const { ticket, hash, sealed } = sealTicket(JSON.stringify([...proof]), bindingOf(owner, route));
  const expiresAt = now + ticketMilliseconds;
  return (await tickets.add({ hash, owner, route, sealed, expiresAt }, maxTickets)) ? { ticket, expiresAt } : undefined;
}

/** A request that carries the proof of whoever asked for its ticket, and whose it was. */
export interface RedeemedRequest {
  readonly request: RequestView;
  readonly owner: OwnerKey;
}

/**
 * Puts what a ticket holds in the place of a request's own proof. Whether that is still good, and whose it is, is asked as always.
 * @throws {UnauthenticatedError} if there is no such ticket any more, or it is another route's
 * @throws {BadRequestError} if the request carries another credential as well
 */
export async function redeemTicket(
  request: RequestView,
  ticket: string,
  route: RouteName,
  { tickets, authenticate: options }: Pick<TicketParts, 'tickets'> & { readonly authenticate: AuthenticateOptions },
): Promise<RedeemedRequest> {
  const stored = isTicketForm(ticket) ? await redeem(tickets, ticket, route) : undefined;
  if (stored === undefined) throw noTicket(options, 'there is no such ticket: it was used, has run out, or never was');
  const { owner } = stored;
  const redeemed = withProof(request, unseal(ticket, stored, options));
  for (const { backend } of options.backends) {
    const known = backend.reads?.(redeemed.headers, redeemed.credential) ?? [];
    const own = backend.reads?.(request.headers, request.credential) ?? [];
    if (own.every((one) => known.includes(one))) continue;
    throw new BadRequestError('The request carries more than one credential; it may carry one.');
  }
  return { request: redeemed, owner };
}

/** Rows that were changed by somebody else open nothing. */
function unseal(ticket: string, { owner, route, sealed }: StoredTicket, options: AuthenticateOptions) {
  try {
    const text = openTicket(ticket, bindingOf(owner, route), sealed);
    return new Map(JSON.parse(text) as [string, string][]);
  } catch {
    throw noTicket(options, 'what the database keeps of the ticket is not what was sealed');
  }
}

/**
 * Authenticates a request: the opening of a socket by its ticket, where it has one; and what is signed once it has been read.
 * @throws {RequestError} as {@link authenticate}, {@link redeemTicket} and {@link readSigned} do
 */
export async function authenticateOpening(
  request: RequestView,
  parts: Pick<TicketParts, 'tickets'> & { readonly authenticate: AuthenticateOptions },
): Promise<{ readonly request: RequestView; readonly caller: Caller | null }> {
  const { match, offer } = request;
  if (offer?.ticket === undefined || match.kind !== 'found') {
    const read = await readSigned(request, parts.authenticate.webhooks);
    return { request: read, caller: await authenticate(read, parts.authenticate) };
  }
  const redeemed = await redeemTicket(request, offer.ticket, match.route.name, parts);
  const caller = await authenticate(redeemed.request, parts.authenticate);
  requireOwner(caller, redeemed.owner, parts.authenticate);
  return { request: redeemed.request, caller };
}

/** @throws {UnauthenticatedError} where a ticket is not theirs */
export function requireOwner(caller: Caller | null, owner: OwnerKey, options: AuthenticateOptions): void {
  if (caller !== null && keyOfOwner(ownerOf(caller.principal)) === keyOfOwner(owner)) return;
  throw noTicket(options, 'the ticket is of somebody else than what it holds proves');
}

async function redeem(tickets: TicketStore, ticket: string, route: RouteName) {
  try {
    return await tickets.redeem(hashTicket(ticket), route);
  } catch (error) {
    throw new UnavailableError({ reason: 'a ticket could not be looked up', cause: error });
  }
}

function noTicket({ backends }: AuthenticateOptions, reason: string): UnauthenticatedError {
  return new UnauthenticatedError({ challenges: challengesOf(backends, {}), reason, code: 'AUTH_REQUIRED' });
}

function bindingOf(owner: OwnerKey, route: string): string {
  return `${route} ${keyOfOwner(owner)}`;
}

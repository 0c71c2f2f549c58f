import type { RequestError } from '../../errors.js';
import type { TicketStore } from '../../stores/ticket-store.js';
import { type RequestRecord, writeAuditEvent } from '../audit/audit.js';
import { proofFields, withProof } from '../authenticate/proof-fields.js';
import { redeemTicket, requireOwner } from '../authenticate/redeem-ticket.js';
import type { AccessLease } from '../lease/access-lease.js';
import { askInForce, askNow } from '../lease/authority.js';
import { isGuess } from '../limit/request-limits.js';
import type { RequestView } from '../request.js';
import { beginFrame, type FrameParts, refuseFrame, routeNamed } from './answer-frame.js';
import type { ClientFrame } from './read-frame.js';
import { authenticatedText } from './socket-texts.js';

export interface PresentParts {
  readonly tickets: TicketStore;
}

type AuthenticateFrame = ClientFrame & { readonly kind: 'authenticate' };

/** Kept where a token takes the place of another: whose it is, the principal that it acts for must say with it. */
const actFor = 'x-act-for';

/**
 * Another credential of the same principal takes the place of the one that the socket goes on by, and every run on it. Where it does not,
 * nothing has changed. Returns why it did not.
 */
export async function presentAnother(
  frame: AuthenticateFrame,
  lease: AccessLease,
  parts: FrameParts,
  { tickets }: PresentParts,
): Promise<RequestError | undefined> {
  const { presented, connection, audit } = parts;
  const { record } = beginFrame('authenticate', routeNamed('openSocket'), parts);
  try {
    const request = await present(frame, parts, tickets);
    const { evidence } = await renewCounted(request, record, lease, parts);
    record.caller = presented.caller;
    void connection.send(authenticatedText(evidence.expiresAt, audit.clock));
    writeAuditEvent(record, 'request', 200, audit);
    return undefined;
  } catch (error) {
    return refuseFrame(record, error, parts);
  }
}

/** On an open socket, too, nobody tries out credentials as often as they like. */
async function renewCounted(request: RequestView, record: RequestRecord, lease: AccessLease, { inForce }: FrameParts) {
  const { limits, authenticate } = askNow(inForce, (authority) => authority);
  const credential = await limits?.presented(request, authenticate.backends, record);
  try {
    return await lease.renew(request);
  } catch (error) {
    if (isGuess(error)) await limits?.rejected(request.address, credential);
    throw error;
  }
}

function present(
  frame: AuthenticateFrame,
  parts: FrameParts,
  tickets: TicketStore,
): Promise<RequestView> | RequestView {
  const { presented, inForce } = parts;
  const { request, caller } = presented;
  if (frame.by === 'token') {
    const acting = [...proofFields(request.headers)].filter(([name]) => name === actFor);
    return withProof(request, new Map([...acting, ['authorization', `Bearer ${frame.credential}`]]));
  }
  const bare = withProof(request, new Map());
  return askInForce(inForce, async ({ authenticate }) => {
    const redeemed = await redeemTicket(bare, frame.credential, 'openSocket', { tickets, authenticate });
    requireOwner(caller, redeemed.owner, authenticate);
    return redeemed.request;
  });
}

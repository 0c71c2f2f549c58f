import type { Principal } from '../../principal.js';
import type { RequestView } from '../request.js';

/** The header field in which an actor with a credential of its own names the principal for whom it acts. */
export const actForHeader = 'X-Act-For';

/**
 * Whether whoever was authenticated is who the header names, by an actor, or nobody is named. A backend that does not read the header would
 * leave the actor the whole of its own rights, where it asks for less.
 */
export function actsAsNamed({ headers }: Pick<RequestView, 'headers'>, { subject, actor }: Principal): boolean {
  const named = headers.get(actForHeader.toLowerCase());
  return named === undefined || (actor !== undefined && named === subject);
}

import { localRealm } from './principal.js';

/* What the audit trail says of a decision about a principal and whoever acts for it, and what is read there again. */

interface NamedActor {
  readonly realm: string;
  readonly subject: string;
}

export function actorRefused(actor: NamedActor, reason: string): string {
  return `${refusedBy(actor)}${reason}`;
}

export function bothAllowed(principals: string, actor: NamedActor, actors: string): string {
  return `${principals}${allowedBy(actor)}${actors}`;
}

/** Why, of the principal or of the actor alone. */
export interface ReasonAbout {
  /** The actor, where it is the one that may not; else the principal. */
  readonly who: 'principal' | 'actor';
  readonly reason: string;
}

/** Takes such a reason apart; one that does not name the actor is about the principal. */
export function readReason(actor: NamedActor, reason: string): ReasonAbout {
  const refused = refusedBy(actor);
  if (reason.startsWith(refused)) return { who: 'actor', reason: reason.slice(refused.length) };
  const end = reason.indexOf(allowedBy(actor));
  return { who: 'principal', reason: end === -1 ? reason : reason.slice(0, end) };
}

function refusedBy(actor: NamedActor): string {
  return `the actor ${nameOf(actor)} may not: `;
}

function allowedBy(actor: NamedActor): string {
  return `; the actor ${nameOf(actor)}: `;
}

function nameOf({ realm, subject }: NamedActor): string {
  return realm === localRealm ? subject : `${subject} of ${realm}`;
}

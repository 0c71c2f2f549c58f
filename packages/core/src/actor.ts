import { readIdentifier, readTextList } from './identifier.js';
import type { SubjectId } from './principal.js';

/**
 * Who really acts when it acts for a principal (RFC 8693 §4.1). Its own rights bound what is done. Who acted before it is told,
 * and decides nothing.
 */
export interface Actor {
  /** `local`, or the issuer. An actor has its principal's tenant. */
  readonly realm: string;
  readonly subject: SubjectId;
  readonly roles: readonly string[];
  /** Who acted before it. Absent: nobody. */
  readonly actor?: Actor;
}

export interface ActorFields {
  readonly realm: string;
  readonly subject: string;
  readonly roles?: readonly string[] | undefined;
  readonly actor?: ActorFields | undefined;
}

/** More in a row is a mistake, or somebody who wants to fill logs. */
export const maxActors = 8;

/**
 * A deeply frozen actor, with all that acted before it.
 * @throws {TypeError} if an identifier or a role is none, or if there are more than {@link maxActors} in a row
 */
export function createActor(fields: ActorFields, position = 1): Actor {
  if (position > maxActors) throw new TypeError(`more than ${maxActors} actors in a row`);
  if (typeof fields !== 'object' || fields === null) throw new TypeError('an actor must be an object');
  const before = fields.actor === undefined ? undefined : createActor(fields.actor, position + 1);
  return Object.freeze({
    realm: readIdentifier("an actor's realm", fields.realm),
    subject: readIdentifier("an actor's subject", fields.subject) as SubjectId,
    roles: readTextList("an actor's roles", fields.roles ?? []),
    ...(before !== undefined && { actor: before }),
  });
}

/** Those who act for a principal: the current one, then who acted before it. Empty where nobody does. */
export function actorsOf({ actor }: { readonly actor?: Actor | undefined }): readonly Actor[] {
  const actors: Actor[] = [];
  for (let one = actor; one !== undefined; one = one.actor) actors.push(one);
  return actors;
}

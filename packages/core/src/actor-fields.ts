import { type ActorFields, maxActors } from './actor.js';
import { localRealm } from './principal.js';
import { PrincipalFieldError } from './principal-field-error.js';

type Fields = Readonly<Record<string, unknown>>;

/** Of the credential, or the answer, that says who acts. */
export interface ActorSource {
  /** Whose subject an actor is that names no issuer. */
  readonly realm: string;
  /** The credential's own issuer: an actor that names the same is of its realm. */
  readonly issuer: unknown;
  /** The principal's: an actor that names one is of the same, and one that names none counts as of it. */
  readonly tenant: unknown;
  readonly readTenant: (actor: Fields) => unknown;
  /** The roles that an actor's fields name. */
  readonly readRoles: (actor: Fields) => readonly string[] | undefined;
}

/** Under which names an actor says who acted before it: the standard's, and that of our own `user.actor`. */
const before = ['act', 'actor'];

/**
 * Reads who acts, in the form of RFC 8693 §4.1: `{"sub", "iss"?, "act"?}`, and perhaps roles. Whatever is not exactly that is refused:
 * an actor that is passed over would leave the whole of the principal's rights. Other members say nothing here (`exp` and its like
 * have no meaning inside, says the standard).
 * @throws {PrincipalFieldError}
 */
export function readActor(value: unknown, source: ActorSource, position = 1): ActorFields {
  if (position > maxActors) throw new PrincipalFieldError(`more than ${maxActors} actors act in a row`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PrincipalFieldError('who acts ("act") must be an object with "sub"');
  }
  const fields = value as Fields;
  const subject = Object.hasOwn(fields, 'sub') ? fields['sub'] : undefined;
  if (typeof subject !== 'string') throw new PrincipalFieldError('the "sub" of who acts ("act") must be a text');
  const tenant = source.readTenant(fields);
  if (tenant !== undefined && tenant !== source.tenant) {
    throw new PrincipalFieldError('who acts ("act") is of another tenant');
  }
  const earlier = onePresent(fields, before);
  return {
    subject,
    realm: realmOf(fields, source),
    roles: source.readRoles(fields),
    actor: earlier === undefined ? undefined : readActor(earlier, source, position + 1),
  };
}

/**
 * The one of these that is there; undefined if none is.
 * @throws {PrincipalFieldError} if there are two: which of them acts?
 */
export function onePresent(fields: Fields, names: readonly string[]): unknown {
  const present = names.filter((name) => Object.hasOwn(fields, name) && fields[name] !== undefined);
  if (present.length > 1) throw new PrincipalFieldError(`${present.join(' and ')} both say who acts`);
  const [name] = present;
  return name === undefined ? undefined : fields[name];
}

function realmOf(fields: Fields, { realm, issuer }: ActorSource): string {
  const own = Object.hasOwn(fields, 'iss') ? fields['iss'] : undefined;
  if (own === undefined || own === issuer) return realm;
  if (typeof own !== 'string') throw new PrincipalFieldError('the "iss" of who acts ("act") must be a text');
  // No issuer speaks of our own.
  if (own === localRealm && realm !== localRealm) {
    throw new PrincipalFieldError(`the "iss" of who acts ("act") must not be "${localRealm}"`);
  }
  return own;
}

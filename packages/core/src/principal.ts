import type { JsonObject, JsonValue } from '@agentflow/protocol';
import { type Actor, type ActorFields, createActor } from './actor.js';
import { readIdentifier, readTextList } from './identifier.js';

declare const subjectBrand: unique symbol;
declare const tenantBrand: unique symbol;

/** The stable identifier of a principal within its realm (RFC 7519 §4.1.2). Made only by {@link createPrincipal}. */
export type SubjectId = string & { readonly [subjectBrand]: true };
/** The customer boundary. Made only by {@link createPrincipal}. */
export type TenantId = string & { readonly [tenantBrand]: true };

/** The tenant of everybody where no tenant is configured. */
export const defaultTenant = 'default';

/** The realm of every method that the operator controls: shared secrets, keys, login, plugins. */
export const localRealm = 'local';

/** The authenticated party behind a request. Deeply frozen. */
export interface Principal {
  /** `local`, or the issuer: the same subject in two realms is two principals. */
  readonly realm: string;
  readonly subject: SubjectId;
  readonly tenant: TenantId;
  readonly roles: readonly string[];
  /** An upper bound on what the credential may be used for; undefined where it carries none. */
  readonly scopes: readonly string[] | undefined;
  /** What else the backend vouches for. Never the credential. */
  readonly claims: JsonObject;
  /** Who acts for it, where it is another. */
  readonly actor?: Actor;
}

export interface PrincipalFields {
  readonly realm: string;
  readonly subject: string;
  readonly tenant?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly claims?: JsonObject | undefined;
  readonly actor?: ActorFields | undefined;
}

/** The principals that were made here: a plugin cannot make one by its looks, with a subject that is no text. */
const made = new WeakSet<object>();

export function isPrincipal(value: unknown): value is Principal {
  return typeof value === 'object' && value !== null && made.has(value);
}

/**
 * @throws {TypeError} if an identifier is empty, longer than 255 characters, or has a control character, or if roles or
 * scopes are not a list of texts; the same of an actor
 */
export function createPrincipal(fields: PrincipalFields): Principal {
  const principal: Principal = Object.freeze({
    realm: readIdentifier('realm', fields.realm),
    subject: readIdentifier('subject', fields.subject) as SubjectId,
    tenant: readIdentifier('tenant', fields.tenant ?? defaultTenant) as TenantId,
    roles: readTextList('roles', fields.roles ?? []),
    scopes: fields.scopes && readTextList('scopes', fields.scopes),
    claims: deepFreeze({ ...fields.claims }),
    ...(fields.actor !== undefined && { actor: createActor(fields.actor) }),
  });
  made.add(principal);
  return principal;
}

function deepFreeze<T extends JsonValue>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}

/** Whose a thing is: the key under which the stores keep it. */
export interface OwnerKey {
  readonly tenant: TenantId;
  readonly realm: string;
  readonly subject: SubjectId;
}

export function ownerOf(principal: Principal): OwnerKey {
  return { tenant: principal.tenant, realm: principal.realm, subject: principal.subject };
}

/** An owner as one text, which is no other owner's whatever characters their names have. */
export function keyOfOwner({ tenant, realm, subject }: OwnerKey): string {
  return JSON.stringify([tenant, realm, subject]);
}

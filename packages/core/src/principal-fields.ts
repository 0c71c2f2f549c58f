import type { JsonObject, JsonValue } from '@agentflow/protocol';
import type { ActorFields } from './actor.js';
import { onePresent, readActor } from './actor-fields.js';
import { createPrincipal, type Principal } from './principal.js';
import { PrincipalFieldError } from './principal-field-error.js';
import { reservedUserFields } from './user.js';

/** Under which names a token or a plugin's answer says who somebody is. The first name that is present counts. */
export interface PrincipalFieldNames {
  readonly subject: readonly string[];
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly tenant: readonly string[];
  /** Who acts, in the form of RFC 8693 §4.1. Only one of them may be present. */
  readonly actor: readonly string[];
}

export const defaultPrincipalFieldNames: PrincipalFieldNames = {
  subject: ['user_id', 'sub'],
  roles: ['roles', 'role'],
  scopes: ['scopes', 'scope', 'scp'],
  tenant: [],
  actor: ['act', 'actor'],
};

type Fields = Readonly<Record<string, unknown>>;

export interface PrincipalSource {
  readonly fields: Fields;
  readonly realm: string;
  readonly names: PrincipalFieldNames;
  /** Fields that say something about the credential and nothing about the principal. */
  readonly ignored?: ReadonlySet<string>;
}

/**
 * Turns named fields into a principal; strict about types, because `["alice"]` must never pass for `alice`.
 * Fields with other names become claims if they are plain JSON.
 * @throws {PrincipalFieldError}
 */
export function readPrincipal(source: PrincipalSource): Principal {
  const { fields, realm, names } = source;
  const [subjectName, subject] = firstPresent(fields, names.subject);
  if (typeof subject !== 'string') throw new PrincipalFieldError(`${subjectName} must be a text`);
  const [tenantName, tenant] = firstPresent(fields, names.tenant);
  if (names.tenant.length > 0 && typeof tenant !== 'string') {
    throw new PrincipalFieldError(`${tenantName} must be a text`);
  }
  try {
    return createPrincipal({
      realm,
      subject,
      tenant: tenant as string | undefined,
      roles: textList(fields, names.roles, false),
      scopes: textList(fields, names.scopes, true),
      claims: claimsOf(source),
      actor: actorOf(source, tenant),
    });
  } catch (error) {
    if (error instanceof TypeError) throw new PrincipalFieldError(error.message);
    throw error;
  }
}

function actorOf({ fields, realm, names }: PrincipalSource, tenant: unknown): ActorFields | undefined {
  const actor = onePresent(fields, names.actor);
  if (actor === undefined) return undefined;
  return readActor(actor, {
    realm,
    issuer: fields['iss'],
    tenant,
    readTenant: (of) => firstPresent(of, names.tenant)[1],
    readRoles: (of) => textList(of, names.roles, false),
  });
}

function firstPresent(fields: Fields, names: readonly string[]): [string, unknown] {
  const name = names.find((candidate) => Object.hasOwn(fields, candidate));
  return name === undefined ? [names[0] ?? '', undefined] : [name, fields[name]];
}

/** A text or a list of texts. A scope is a list in one text, parted by spaces (RFC 6749 §3.3); a role is not. */
function textList(fields: Fields, names: readonly string[], partedBySpaces: boolean): readonly string[] | undefined {
  const [name, value] = firstPresent(fields, names);
  if (value === undefined) return undefined;
  const list = typeof value === 'string' ? (partedBySpaces ? value.split(' ') : [value]) : value;
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === 'string')) {
    throw new PrincipalFieldError(`${name} must be a text or a list of texts`);
  }
  return list.filter((item) => item !== '');
}

function claimsOf({ fields, names, ignored }: PrincipalSource): JsonObject {
  const taken = new Set(Object.values(names).flat());
  const claims: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (taken.has(name) || reservedUserFields.has(name) || ignored?.has(name) || name.startsWith('_')) continue;
    if (isJsonValue(value)) claims[name] = structuredClone(value);
  }
  return claims;
}

const maxClaimDepth = 16;

/** True for plain JSON only: no class instance, function, symbol, NaN or cycle. */
export function isJsonValue(value: unknown, depth = 0): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= maxClaimDepth) return false;
  if (Array.isArray(value)) return value.every((item) => isJsonValue(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((member) => isJsonValue(member, depth + 1));
}

import { createPrincipal, type Principal } from '@agentflow/core';
import type { JsonValue } from '@agentflow/protocol';
import { follow } from '../jwt/claim-paths.js';
import type { ProviderOptions } from './options.js';
import type { ProviderClaims } from './provider-connection.js';

/** What the provider says cannot be used, or is not enough: whoever it is does not get in. `message` is for the operator. */
export class ClaimsError extends Error {
  override readonly name = 'ClaimsError';
}

type Mapping = Pick<ProviderOptions, 'roles' | 'tenant' | 'claims' | 'allow'>;

/** The paths from which something is read. */
export function wantedClaims({ roles, tenant, claims, allow }: Mapping): readonly string[] {
  const paths = [
    ...Object.values(claims),
    ...(Array.isArray(roles) ? [] : [roles.claim]),
    ...(tenant === undefined ? [] : [tenant]),
    ...Object.keys(allow?.claims ?? {}),
  ];
  const email = allow?.emails !== undefined || allow?.domains !== undefined ? ['email', 'email_verified'] : [];
  return [...new Set([...paths, ...email])];
}

/** The name at the top where a path begins: the whole of it, if there is one, because names may have dots (`https://example.com/roles`). */
export function topOfPath(claims: ProviderClaims, path: string): string | undefined {
  const first = path.split('.', 1)[0] ?? path;
  return [path, first].find((name) => Object.hasOwn(claims, name));
}

export function findClaim(claims: ProviderClaims, path: string): unknown {
  return Object.hasOwn(claims, path) ? claims[path] : follow(claims, path);
}

/**
 * Whose session begins: the issuer is their realm, so that nobody of one provider is somebody of another, or of ours.
 * @throws {ClaimsError} which names the claim, never its value
 */
export function readPrincipal(claims: ProviderClaims, issuer: string, mapping: Mapping): Principal {
  const tenant = mapping.tenant === undefined ? undefined : findClaim(claims, mapping.tenant);
  if (mapping.tenant !== undefined && (typeof tenant !== 'string' || tenant === '')) {
    throw new ClaimsError(`the claim "${mapping.tenant}", which is the tenant, is no text`);
  }
  const told: Record<string, JsonValue> = {};
  for (const [name, path] of Object.entries(mapping.claims)) {
    const value = findClaim(claims, path);
    // Parsed from JSON, and so nothing else.
    if (value !== undefined) told[name] = value as JsonValue;
  }
  const username = readUsername(claims);
  if (username !== undefined && !Object.hasOwn(told, 'username')) told['username'] = username;
  try {
    const { sub: subject } = claims;
    const fields = { realm: issuer, subject, roles: readRoles(claims, mapping.roles), claims: told };
    return createPrincipal({ ...fields, ...(typeof tenant === 'string' && { tenant }) });
  } catch (error) {
    if (error instanceof TypeError) throw new ClaimsError(error.message, { cause: error });
    throw error;
  }
}

/** For people to read: it decides nothing. */
function readUsername(claims: ProviderClaims): string | undefined {
  const name = usernameClaim(claims);
  return name === undefined ? undefined : (claims[name] as string);
}

/** Which claim says what they are called. */
export function usernameClaim(claims: ProviderClaims): string | undefined {
  return ['preferred_username', 'email', 'name'].find((name) => {
    const value = claims[name];
    return typeof value === 'string' && value !== '' && value.length <= 255;
  });
}

function readRoles(claims: ProviderClaims, roles: ProviderOptions['roles']): readonly string[] {
  if (Array.isArray(roles)) return roles;
  const given = listIn(findClaim(claims, roles.claim), roles.claim);
  const mapped = given.flatMap((value) => (Object.hasOwn(roles.map, value) ? (roles.map[value] ?? []) : []));
  return [...new Set([...roles.always, ...mapped])];
}

/** @throws {ClaimsError} for what is neither a text nor a list of texts */
export function listIn(value: unknown, name: string): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.every((item): item is string => typeof item === 'string')) return list;
  throw new ClaimsError(`the claim "${name}" is neither a text nor a list of texts`);
}

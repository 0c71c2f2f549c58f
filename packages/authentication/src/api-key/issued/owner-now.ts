import {
  createPrincipal,
  localRealm,
  type Principal,
  type StoredApiKey,
  scopesOfBoth,
  type UserStore,
} from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';

/** What the owner of a key is now. */
export interface OwnerNow {
  readonly roles: readonly string[];
  /** Undefined: no bound, but for those of the key itself. */
  readonly scopes: readonly string[] | undefined;
  readonly claims: JsonObject;
}

/** The roles and scopes that a key of the configuration has now, and whose it is; undefined where it is not there any more, or has ended. */
export type FindConfigured = (id: string) => Principal | undefined;

export interface OwnerSources {
  readonly users: Pick<UserStore, 'find'>;
  readonly findConfigured: FindConfigured;
}

/** Undefined where there is no such owner any more, or they are disabled: then none of their keys is good. */
export async function findOwnerNow(
  { owner, holder, heldBy, ownerRoles }: Pick<StoredApiKey, 'owner' | 'holder' | 'heldBy' | 'ownerRoles'>,
  { users, findConfigured }: OwnerSources,
): Promise<OwnerNow | undefined> {
  if (holder === 'elsewhere') return { roles: ownerRoles, scopes: undefined, claims: {} };
  if (holder === 'key') {
    const configured = heldBy === undefined ? undefined : findConfigured(heldBy);
    const isSame =
      configured !== undefined &&
      configured.realm === owner.realm &&
      configured.tenant === owner.tenant &&
      configured.subject === owner.subject;
    if (!isSame) return undefined;
    const { roles, scopes, claims } = configured;
    return { roles, scopes, claims };
  }
  const user = owner.realm === localRealm ? await users.find(owner.subject) : undefined;
  if (user === undefined || user.disabledAt !== undefined || user.tenant !== owner.tenant) return undefined;
  return { roles: user.roles, scopes: undefined, claims: { username: user.username } };
}

/** Whose a key is, with no more than both have. */
export function principalOf({ owner, roles, scopes }: StoredApiKey, now: OwnerNow): Principal {
  return createPrincipal({
    ...{ realm: owner.realm, subject: owner.subject, tenant: owner.tenant, claims: now.claims },
    scopes: scopesOfBoth(scopes, now.scopes),
    roles: roles === undefined ? now.roles : now.roles.filter((role) => roles.includes(role)),
  });
}

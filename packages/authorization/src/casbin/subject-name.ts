import { defaultTenant, localRealm, type User } from '@agentflow/core';

export { isRoleName, isSubjectName } from '@agentflow/core';

/**
 * A principal's own name in a policy: `user:alice`; `user@https://issuer.example|alice` where an issuer vouches for it; and
 * `user#acme|alice` in a tenant, both at once as `user@https://issuer.example#acme|alice`. No two principals have the same name,
 * and no role has the name of a principal.
 */
export function subjectName({ realm, tenant, sub }: Pick<User, 'realm' | 'tenant' | 'sub'>): string {
  const quote = (text: string) => text.replace(/[%|#]/g, encodeURIComponent);
  const issuer = realm === localRealm ? '' : `@${quote(realm)}`;
  const customer = tenant === defaultTenant ? '' : `#${quote(tenant)}`;
  return issuer === '' && customer === '' ? `user:${sub}` : `user${issuer}${customer}|${sub}`;
}

/** Whose name it is; undefined for one that no principal has. */
export function readSubjectName(name: string): Pick<User, 'realm' | 'tenant' | 'sub'> | undefined {
  const [, plain, realm, tenant, quoted] = /^user(?::(.+)|(?:@([^|#]+))?(?:#([^|#]+))?\|(.+))$/s.exec(name) ?? [];
  const sub = plain ?? quoted;
  if (sub === undefined) return undefined;
  try {
    const read = {
      realm: realm === undefined ? localRealm : decodeURIComponent(realm),
      tenant: tenant === undefined ? defaultTenant : decodeURIComponent(tenant),
      sub,
    };
    return subjectName(read) === name ? read : undefined;
  } catch {
    return undefined;
  }
}

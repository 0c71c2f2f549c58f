import type { PrincipalFieldNames } from '@agentflow/core';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims with those beside them that a dotted path leads to ("realm_access.roles"), under the path as their name. A claim that has the whole
 * path for a name comes before the path: names may have dots.
 */
export function withPaths(claims: Claims, names: PrincipalFieldNames): Claims {
  const paths = Object.values(names)
    .flat()
    .filter((name: string) => name.includes('.') && !Object.hasOwn(claims, name));
  if (paths.length === 0) return claims;
  const found = paths.map((path): [string, unknown] => [path, follow(claims, path)]);
  return { ...claims, ...Object.fromEntries(found.filter(([, value]) => value !== undefined)) };
}

/** What a dotted path leads to, through objects only, and only through what is their own. */
export function follow(claims: Claims, path: string): unknown {
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Claims)[name];
  }
  return value;
}

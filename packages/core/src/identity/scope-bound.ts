import { allPermissions, resourceAliases } from '@agentflow/protocol';
import { scopesInclude } from '../pipeline/authorize/scopes.js';

/** Whether a scope is written as ours are, with words that there are: `graph:invoke`, `threads:*`, `*:read`, `*`. */
export function isKnownScope(scope: string): boolean {
  return permissionsIn(scope).length > 0;
}

/**
 * Whether everything that `scopes` leave room for, the scopes of another credential leave room for too. What only a mapping of foreign scopes
 * would say is not known here, and so it does not count, unless it is the same word.
 */
export function scopesWithin(scopes: readonly string[] | undefined, bound: readonly string[] | undefined): boolean {
  if (bound === undefined) return true;
  if (scopes === undefined) return false;
  return scopes.every((scope) => {
    if (bound.includes(scope)) return true;
    const permissions = permissionsIn(scope);
    // A wildcard grows with the vocabulary: only another that covers it grows with it.
    if (scope.includes('*')) return bound.some((one) => isWildcardWithin(scope, one));
    return permissions.length > 0 && permissions.every(([resource, action]) => scopesInclude(bound, resource, action));
  });
}

/**
 * What both leave room for, and never more: the scopes of either that are within the other, and each permission that only wildcards of both
 * have in common. Undefined: no bound.
 */
export function scopesOfBoth(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const within = (scopes: readonly string[], bound: readonly string[]) =>
    scopes.filter((scope) => scopesWithin([scope], bound));
  const common = [...new Set([...within(one, other), ...within(other, one)])];
  const single = allPermissions.filter((permission) => {
    const [resource = '', action = ''] = permission.split(':');
    return (
      [one, other].every((scopes) => scopesInclude(scopes, resource, action)) &&
      !scopesInclude(common, resource, action)
    );
  });
  return [...common, ...single];
}

function isWildcardWithin(scope: string, bound: string): boolean {
  if (bound === '*' || bound === '*:*') return true;
  const [resource, action] = partsOf(scope);
  const [boundResource, boundAction] = partsOf(bound);
  return (
    (boundResource === '*' || boundResource === resource) &&
    (boundAction === '*' || (boundAction === action && action !== '*'))
  );
}

function partsOf(scope: string): readonly [string, string | undefined] {
  const [resource = '', action] = scope.split(':');
  return [Object.hasOwn(resourceAliases, resource) ? (resourceAliases[resource] ?? '') : resource, action];
}

function permissionsIn(scope: string): readonly (readonly [string, string])[] {
  const pairs = allPermissions.map((permission) => permission.split(':') as [string, string]);
  return pairs.filter(([resource, action]) => scopesInclude([scope], resource, action));
}

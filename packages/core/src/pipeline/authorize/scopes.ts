import { resourceAliases } from '@agentflow/protocol';

/** What the scopes of another vocabulary stand for in ours: all the permissions of each, compiled at start. */
export type ForeignScopes = ReadonlyMap<string, ReadonlySet<string>>;

const none: ForeignScopes = new Map();

/**
 * Whether the scopes of a credential leave room for a permission. A scope is `resource:action`, `*` stands for any,
 * and `threads` and `memories` are other names for `checkpointer` and `store`; a foreign scope stands for what it is
 * mapped to, and for nothing where it is not. Scopes only ever narrow: a credential without any leaves the decision to
 * the policy alone.
 */
export function scopesInclude(
  scopes: readonly string[] | undefined,
  resource: string,
  action: string,
  foreign: ForeignScopes = none,
): boolean {
  if (scopes === undefined) return true;
  return scopes.some((scope) => {
    if (foreign.get(scope)?.has(`${resource}:${action}`) === true) return true;
    const colon = scope.indexOf(':');
    if (colon === -1) return scope === '*';
    const scopeResource = scope.slice(0, colon);
    const scopeAction = scope.slice(colon + 1);
    const named = Object.hasOwn(resourceAliases, scopeResource) ? resourceAliases[scopeResource] : scopeResource;
    return (named === '*' || named === resource) && (scopeAction === '*' || scopeAction === action);
  });
}

import { resourceAliases } from '@agentflow/protocol';

/**
 * Whether the scopes of a credential leave room for a permission. A scope is `resource:action`, `*` stands for any,
 * and `threads` and `memories` are other names for `checkpointer` and `store`. Scopes only ever narrow: a credential
 * without any leaves the decision to the policy alone.
 */
export function scopesInclude(scopes: readonly string[] | undefined, resource: string, action: string): boolean {
  if (scopes === undefined) return true;
  return scopes.some((scope) => {
    const colon = scope.indexOf(':');
    if (colon === -1) return scope === '*';
    const scopeResource = scope.slice(0, colon);
    const scopeAction = scope.slice(colon + 1);
    const named = Object.hasOwn(resourceAliases, scopeResource) ? resourceAliases[scopeResource] : scopeResource;
    return (named === '*' || named === resource) && (scopeAction === '*' || scopeAction === action);
  });
}

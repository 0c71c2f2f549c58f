import {
  type ConfigurationFault,
  expandPermission,
  type ForeignScopes,
  type UsableResource,
  unguardedFault,
} from '@agentflow/core';

/**
 * Reads `scopes` of the file into what each foreign scope leaves room for. A permission that does not exist is a fault, and
 * so is a scope that already means something here.
 */
export function compileScopes(
  mapping: Readonly<Record<string, readonly string[]>> = {},
  guarded?: ReadonlySet<UsableResource>,
): {
  readonly foreignScopes: ForeignScopes;
  readonly faults: ConfigurationFault[];
} {
  const faults: ConfigurationFault[] = [];
  const compiled = new Map<string, ReadonlySet<string>>();
  for (const [scope, patterns] of Object.entries(mapping)) {
    if (expandPermission(scope).permissions !== undefined) {
      const message = `the scope "${scope}" already means something here`;
      faults.push({ path: ['scopes', scope], message, remedy: 'Map only the scopes of another vocabulary.' });
    }
    const room = new Set<string>();
    for (const [index, pattern] of patterns.entries()) {
      const { permissions, ...expanded } = expandPermission(pattern);
      const fault = expanded.fault ?? unguardedFault(pattern, guarded);
      if (fault !== undefined) faults.push({ path: ['scopes', scope, index], ...fault });
      for (const permission of permissions ?? []) room.add(permission);
    }
    compiled.set(scope, room);
  }
  return { foreignScopes: compiled, faults };
}

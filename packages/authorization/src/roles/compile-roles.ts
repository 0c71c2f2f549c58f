import {
  ConfigurationError,
  type ConfigurationFault,
  expandPermission,
  suggest,
  type UsableResource,
  unguardedFault,
  type VocabularyFault,
} from '@agentflow/core';
import { allPermissions } from '@agentflow/protocol';
import { findCircle } from './find-circle.js';
import type { RolesAuthorizationOptions } from './options.js';

/** Every permission of every role, inherited ones too. No match is deny. */
export type CompiledRoles = ReadonlyMap<string, ReadonlySet<string>>;

type Path = readonly (string | number)[];

/**
 * Works out once, at start, what each role may do.
 * @throws {ConfigurationError} for words that do not exist, unknown roles, and roles that inherit in a circle
 */
export function compileRoles(
  options: RolesAuthorizationOptions,
  path: Path,
  guarded?: ReadonlySet<UsableResource>,
): CompiledRoles {
  const own = new Map(Object.entries(options.roles));
  const inherits = new Map(Object.entries(options.inherits ?? {}));
  const faults = [...roleFaults(options, own, inherits), ...permissionFaults(own, guarded)];
  if (faults.length > 0)
    throw new ConfigurationError(faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] })));

  const compiled = new Map([...own.keys()].map((role) => [role, permissionsOf(role, own, inherits)] as const));
  if (options.administrator_role !== undefined) compiled.set(options.administrator_role, new Set(allPermissions));
  return compiled;
}

type Lists = ReadonlyMap<string, readonly string[]>;

/** The roles that somebody with these has: with all that they inherit. */
export function withInherited(roles: readonly string[], inherits: Lists): ReadonlySet<string> {
  const reached = new Set(roles);
  for (const one of reached) for (const parent of inherits.get(one) ?? []) reached.add(parent);
  return reached;
}

function permissionsOf(role: string, own: Lists, inherits: Lists): ReadonlySet<string> {
  return new Set(
    [...withInherited([role], inherits)].flatMap((one) =>
      (own.get(one) ?? []).flatMap((text) => expandPermission(text).permissions ?? []),
    ),
  );
}

function permissionFaults(own: Lists, guarded: ReadonlySet<UsableResource> | undefined): ConfigurationFault[] {
  return [...own].flatMap(([role, patterns]) =>
    patterns.flatMap((pattern, index) => {
      const fault = expandPermission(pattern).fault ?? unguardedFault(pattern, guarded);
      return fault === undefined ? [] : [{ path: ['roles', role, index], ...fault }];
    }),
  );
}

function roleFaults(options: RolesAuthorizationOptions, own: Lists, inherits: Lists): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const known = [...own.keys()];
  const refuse = (path: Path, fault: VocabularyFault) => void faults.push({ path, ...fault });
  const requireRole = (role: string, path: Path) => {
    if (!own.has(role)) refuse(path, { message: `there is no role "${role}"`, remedy: suggest(role, known) });
  };
  if (own.size === 0) {
    refuse(['roles'], { message: 'there is no role: nobody may do anything', remedy: '{"user": ["graph:*"]}' });
    return faults;
  }
  if (options.default_role !== undefined && options.default_role !== options.administrator_role)
    requireRole(options.default_role, ['default_role']);
  if (options.default_role !== undefined && options.default_role === options.administrator_role) {
    const remedy = 'Name another role as one of them, or say "insecure-allow-all".';
    refuse(['default_role'], { message: 'whoever has no role would be administrator', remedy });
  }
  for (const [role, parents] of inherits) {
    requireRole(role, ['inherits', role]);
    for (const [index, parent] of parents.entries()) requireRole(parent, ['inherits', role, index]);
  }
  const circle = findCircle(inherits);
  if (circle !== undefined) {
    const message = `roles inherit from each other in a circle: ${circle.join(' → ')}`;
    refuse(['inherits', circle[0] ?? ''], { message, remedy: 'Remove one of these.' });
  }
  return faults;
}

import { toPrintable } from '@agentflow/core';
import type { Configuration } from '../../configuration/schema.js';

/**
 * That "roles" in the file does not name some roles: most often they are mistyped. They are kept all the same, because the file may be changed
 * next, and threads may be shared with them. Undefined where all are known, or where a policy or a class decides what a role may do.
 */
export function describeUnknownRoles(
  roles: readonly string[],
  { authorization = [] }: Pick<Configuration, 'authorization'>,
): string | undefined {
  const entries = authorization.flatMap((one) => (one.method === 'roles' ? [one] : []));
  if (entries.length === 0) return undefined;
  const known = new Set(
    entries.flatMap(({ roles: named, inherits = {}, administrator_role, default_role }) => [
      ...[...Object.keys(named), ...Object.keys(inherits)],
      ...[administrator_role, default_role].filter((role) => role !== undefined),
    ]),
  );
  const unknown = roles.filter((role) => !known.has(role));
  if (unknown.length === 0) return undefined;
  const quoted = unknown.map((role) => JSON.stringify(role)).join(', ');
  return toPrintable(`"authorization" has no role ${quoted}. It has: ${[...known].join(', ')}`);
}

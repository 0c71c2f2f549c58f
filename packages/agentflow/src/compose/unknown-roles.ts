import { toPrintable } from '@agentflow/core';
import type { AuthConfiguration, Configuration } from '../configuration/schema.js';

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

/** Likewise of the roles that the file itself gives: a line for each place that has some. */
export function describeUnknownRolesOfFile({
  auth = [],
  webhooks = {},
  authorization,
}: Configuration): readonly string[] {
  const given = [
    ...auth.flatMap(rolesOf),
    ...Object.entries(webhooks).map(([name, { roles = [] }]) => ({ place: `the webhook "${name}"`, roles })),
  ];
  return given.flatMap(({ place, roles }) => {
    const line = describeUnknownRoles([...new Set(roles)], { authorization });
    return line === undefined ? [] : [`${place}: ${line}`];
  });
}

interface GivenRoles {
  readonly place: string;
  readonly roles: readonly string[];
}

/** Of all others, tokens or code say it. */
function rolesOf(one: AuthConfiguration): readonly GivenRoles[] {
  if (one.method === 'api_key') {
    return (one.keys ?? []).map(({ id, roles = [] }) => ({ place: `the API key "${id}"`, roles }));
  }
  if (one.method === 'basic') return [{ place: 'the user of "basic"', roles: one.roles ?? [] }];
  if (one.method !== 'login') return [];
  return Object.entries(one.providers).map(([name, { roles }]) => ({
    place: `the provider "${name}"`,
    roles: Array.isArray(roles) ? roles : [...roles.always, ...Object.values(roles.map).flat()],
  }));
}

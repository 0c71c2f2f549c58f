import type { User } from '@agentflow/core';
import type { Group } from './check-rules.js';
import { isRoleName } from './subject-name.js';

/** Every name that rules may call somebody by: their own, their roles', and those that the policy adds to these. */
export type NamesOfUser = (user: User) => ReadonlySet<string>;

/**
 * Follows the groups of a policy, however deep, each once. A role of the credential counts under its own name only where
 * that cannot be taken for a principal's: somebody who is called `admin` is `user:admin`, and has no role from it.
 */
export function createNamesOfUser(groups: readonly Group[], nameOf: (user: User) => string): NamesOfUser {
  const links = new Map<string | undefined, Map<string, string[]>>();
  for (const { member, role, tenant } of groups) {
    const ofTenant = links.get(tenant) ?? new Map<string, string[]>();
    links.set(tenant, ofTenant);
    ofTenant.set(member, [...(ofTenant.get(member) ?? []), role]);
  }
  const hasTenants = groups.some(({ tenant }) => tenant !== undefined);
  const known = new WeakMap<User, ReadonlySet<string>>();
  return (user) => {
    const before = known.get(user);
    if (before !== undefined) return before;
    const ofTenant = links.get(hasTenants ? user.tenant : undefined);
    const names = new Set([nameOf(user), ...user.roles.filter(isRoleName)]);
    for (const name of names) for (const role of ofTenant?.get(name) ?? []) names.add(role);
    known.set(user, names);
    return names;
  };
}

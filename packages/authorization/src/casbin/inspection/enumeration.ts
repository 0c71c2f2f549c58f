import { defaultTenant } from '@agentflow/core';
import { isSubjectName, readSubjectName } from '../subject-name.js';
import { type Asker, type AskerFields, askerNamed, createAsker } from './asker.js';
import type { InspectedPolicy } from './inspected-policy.js';

type Named = Pick<InspectedPolicy, 'names'>;

/** The tenants that a policy can tell apart, and one that it does not name; one alone where it knows of none. */
export function tenantsOf({ names: { tenants, asksTenant } }: Named): readonly (string | undefined)[] {
  if (!asksTenant && tenants.length === 0) return [undefined];
  const named = tenants.length > 0 ? tenants : [defaultTenant];
  return [...named, unnamed('another-tenant', named)];
}

/** No id, and one that the policy does not name; no id alone where the model does not ask for it. */
export function unnamedIds({ names: { ids, asksId } }: Named): readonly (string | undefined)[] {
  return asksId ? [undefined, unnamed('another-id', ids)] : [undefined];
}

/** The same, and every id that the policy names. */
export function idsOf(policy: Named): readonly (string | undefined)[] {
  return [...unnamedIds(policy), ...(policy.names.asksId ? policy.names.ids : [])];
}

/**
 * Everybody whom a policy can tell apart by one name: somebody whom it does not name; each bare name as the only role of such a
 * one, and as a principal; each principal, and their subject as a role. Each in every tenant, unless their name has one.
 */
export function askersOf(policy: Named): readonly Asker[] {
  const { roles, principals } = policy.names;
  const subjects = principals.map((name) => readSubjectName(name)?.sub).filter((name) => name !== undefined);
  const asRoles = new Set([...roles, ...subjects.filter((name) => name !== '*' && !isSubjectName(name))]);
  const asPrincipals = new Set([...principals, ...roles.map((role) => `user:${role}`)]);
  const strangers: AskerFields[] = [{}, ...[...asRoles].map((role) => ({ roles: [role] }))];
  return [
    ...strangers.flatMap((fields) => tenantsOf(policy).map((tenant) => createAsker(policy, { ...fields, tenant }))),
    ...[...asPrincipals].flatMap((name) => {
      const tenants = policy.names.asksTenant ? tenantsOf(policy) : [undefined];
      return tenants.map((tenant) => askerNamed(policy, name, tenant)).filter((asker) => asker !== undefined);
    }),
  ];
}

function unnamed(wanted: string, named: readonly string[]): string {
  let name = wanted;
  for (let count = 2; named.includes(name); count += 1) name = `${wanted}-${count}`;
  return name;
}

import { createPrincipal, defaultTenant, localRealm, type PrincipalFields, type User, userOf } from '@agentflow/core';
import { isRoleName, readSubjectName, subjectName } from '../subject-name.js';
import type { InspectedPolicy } from './inspected-policy.js';

/** Somebody who asks, and what to call them. */
export interface Asker {
  readonly user: User;
  /** `user:alice with the role editor`, `somebody with the role guest` */
  readonly label: string;
  /** What they are called in a chain of roles: their name in the policy, unless they have none there. */
  readonly name: string;
}

/** Who asks, as far as it is said. Without a subject it is somebody whom the policy does not name. */
export type AskerFields = { readonly [Field in keyof PrincipalFields]?: PrincipalFields[Field] | undefined };

/** @throws {TypeError} if a name is empty, too long, has a control character, or is no role and should be one */
export function createAsker({ names }: Pick<InspectedPolicy, 'names'>, fields: AskerFields): Asker {
  const odd = fields.roles?.find((role) => !isRoleName(role));
  if (odd !== undefined) throw new TypeError(`"${odd}" is no role: a credential that carries it has nothing by it`);
  const user = userOf(
    createPrincipal({ ...fields, realm: fields.realm ?? localRealm, subject: fields.subject ?? names.stranger }),
  );
  const own = names.asksTenant ? { ...user, tenant: defaultTenant } : user;
  const name = fields.subject === undefined ? 'somebody' : subjectName(own);
  const where = names.asksTenant || fields.subject === undefined ? ofTenant(fields.tenant) : '';
  return { user, name, label: `${name}${withRoles(user.roles, fields.subject === undefined)}${where}` };
}

/** The principal of a name in the policy; undefined where nobody can be called that. */
export function askerNamed(
  policy: Pick<InspectedPolicy, 'names'>,
  name: string,
  tenant: string | undefined,
): Asker | undefined {
  const read = readSubjectName(name);
  if (read === undefined) return undefined;
  const { realm, sub } = read;
  return createAsker(policy, { realm, subject: sub, tenant: policy.names.asksTenant ? tenant : read.tenant });
}

function withRoles(roles: readonly string[], isStranger: boolean): string {
  if (roles.length === 0) return isStranger ? ' without a role' : '';
  return ` with the role${roles.length > 1 ? 's' : ''} ${roles.join(', ')}`;
}

function ofTenant(tenant: string | undefined): string {
  return tenant === undefined ? '' : ` of the tenant ${tenant}`;
}

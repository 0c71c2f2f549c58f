import { allow, type Decision, defaultTenant, deny, type User } from '@agentflow/core';
import type { Attributes, Entity, Policy, RequestValue } from '@agentflow/policy';
import { noteBareDenials } from './bare-denials.js';
import { type RequestField, requestFieldNamed } from './request-field.js';
import { isRoleName, subjectName } from './subject-name.js';

/** A policy that answers our requests, with the places of its rules in their file. */
export interface PolicyInFile {
  /** How many rules and links. */
  readonly size: number;
  /** What an operator should look at, though nothing is wrong. */
  readonly notices: readonly string[];
  /** @throws {TypeError} if the request is not made of texts */
  decide(user: User, resource: string, action: string, resourceId: string | undefined): Decision;
}

export function createPolicyInFile(policy: Policy, file: string): PolicyInFile {
  const { model } = policy;
  const fields = model.request.map(requestFieldNamed);
  // Where a rule names the tenant, a name need not.
  const entityOf = createEntities(model.request.includes('dom'));
  const decide: PolicyInFile['decide'] = (user, resource, action, resourceId) => {
    for (const field of ['realm', 'tenant', 'sub'] as const) requireText(user[field], field);
    const values: Readonly<Record<RequestField, RequestValue>> = {
      sub: entityOf(user),
      dom: user.tenant,
      obj: requireText(resource, 'resource'),
      act: requireText(action, 'action'),
      id: requireText(resourceId ?? '', 'id'),
    };
    const { effect, rule } = policy.decide(fields.map((field) => (field === undefined ? '' : values[field])));
    const place = rule?.line === undefined ? undefined : `${file}:${rule.line}`;
    if (effect === 'allow') return allow(`${place ?? file} allows it`, place);
    return deny(place === undefined ? 'no rule of the policy allows it' : `${place} denies it`, place);
  };
  return { size: policy.size + policy.linkCount, notices: noteBareDenials(policy, file), decide };
}

/** Whoever asks, by the name that policies know; the roles of their credential; and what is vouched for as attributes. */
function createEntities(isTenantNamed: boolean): (user: User) => Entity {
  const known = new WeakMap<User, Entity>();
  return (user) => {
    const before = known.get(user);
    if (before !== undefined) return before;
    const name = subjectName(isTenantNamed ? { ...user, tenant: defaultTenant } : user);
    // A principal's claims are plain JSON, checked where they come in.
    const entity = { name, roles: user.roles.filter(isRoleName), attributes: user as Attributes };
    known.set(user, entity);
    return entity;
  };
}

/** Casbin compares with `==`, for which `['alice']` is `'alice'`. */
function requireText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`"${field}" of the request is not a text`);
}

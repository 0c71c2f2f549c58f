import { defaultTenant, type User } from '@agentflow/core';
import type { Attributes, Entity, Model, RequestValue } from '@agentflow/policy';
import { type RequestField, requestFieldNamed } from './request-field.js';
import { isRoleName, subjectName } from './subject-name.js';

/** @throws {TypeError} if the request is not made of texts */
export type ToPolicyRequest = (
  user: User,
  resource: string,
  action: string,
  resourceId: string | undefined,
) => readonly RequestValue[];

/** What a model asks for, of one of our requests. */
export function createPolicyRequests(model: Pick<Model, 'request'>): ToPolicyRequest {
  const fields = model.request.map(requestFieldNamed);
  // Where a rule names the tenant, a name need not.
  const entityOf = createEntities(model.request.includes('dom'));
  return (user, resource, action, resourceId) => {
    for (const field of ['realm', 'tenant', 'sub'] as const) requireText(user[field], field);
    const values: Readonly<Record<RequestField, RequestValue>> = {
      sub: entityOf(user),
      dom: user.tenant,
      obj: requireText(resource, 'resource'),
      act: requireText(action, 'action'),
      id: requireText(resourceId ?? '', 'id'),
    };
    return fields.map((field) => (field === undefined ? '' : values[field]));
  };
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

import {
  casbinAuthorizationOptionsSchema,
  createCasbinAuthorization,
  createCustomAuthorization,
  createInsecureAllowAllAuthorization,
  createOwnershipAuthorization,
  createRolesAuthorization,
  customAuthorizationOptionsSchema,
  rolesAuthorizationOptionsSchema,
} from '@agentflow/authorization';
import { type AuthorizationCases, describeAuthorizationBackend } from 'agentflow/testing';
import { describe, test } from 'vitest';
import { policyFolder, surroundingsIn } from '../harness/policies.js';

/* Every authorization backend of ours passes what we ask of others'. */

const runner = { describe, test };
const path = ['authorization'];

describeAuthorizationBackend(
  'ownership',
  () => createOwnershipAuthorization({ method: 'ownership', administrator_role: 'admin' }),
  {
    allowed: [
      { what: 'anybody runs', user: { subject: 'alice' }, resource: 'graph', action: 'invoke', everybody: true },
      {
        what: 'anybody reads a thread',
        ...{ user: { subject: 'bob', roles: ['user'] }, resource: 'checkpointer', action: 'read', resourceId: 't-1' },
        everybody: true,
      },
      {
        what: 'an administrator repairs',
        ...{ user: { subject: 'carol', roles: ['admin'] }, resource: 'graph', action: 'fix' },
      },
    ],
    denied: [
      { what: 'a user repairs', user: { subject: 'bob', roles: ['user'] }, resource: 'graph', action: 'fix' },
      { what: 'an action of another resource', user: { subject: 'bob' }, resource: 'store', action: 'invoke' },
    ],
    runner,
  },
);

/** The same in a list of roles, in a policy, and in a class. */
const byRole: AuthorizationCases = {
  allowed: [
    { what: 'a user runs', user: { subject: 'alice', roles: ['user'] }, resource: 'graph', action: 'invoke' },
    {
      what: 'a user and guest reads a thread',
      ...{ user: { subject: 'bob', roles: ['guest', 'user'] }, resource: 'checkpointer', action: 'read' },
      resourceId: 't-1',
    },
    {
      what: 'an administrator writes policies',
      ...{ user: { subject: 'carol', roles: ['admin'] }, resource: 'policy', action: 'write', wildcard: true },
    },
  ],
  denied: [
    { what: 'a guest streams', user: { subject: 'dan', roles: ['guest'] }, resource: 'graph', action: 'stream' },
    { what: 'nobody special runs', user: { subject: 'dan' }, resource: 'graph', action: 'invoke' },
    {
      what: 'a user writes a thread',
      ...{ user: { subject: 'alice', roles: ['user'] }, resource: 'checkpointer', action: 'write', resourceId: 't-1' },
    },
  ],
  runner,
};

describeAuthorizationBackend(
  'roles',
  () => {
    const roles = { admin: ['*'], user: ['graph:*', 'threads:read'], guest: ['graph:invoke'] };
    return createRolesAuthorization(rolesAuthorizationOptionsSchema.parse({ method: 'roles', roles }), { path });
  },
  byRole,
);

const policy = `p, admin, *, *
p, user, graph, *
p, user, checkpointer, read
p, guest, graph, invoke
p, user:erin, graph, fix
`;

describeAuthorizationBackend(
  'casbin',
  () => {
    const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'policy.csv' });
    return createCasbinAuthorization(options, surroundingsIn(policyFolder({ 'policy.csv': policy })));
  },
  {
    ...byRole,
    allowed: [
      ...byRole.allowed.map((one) => ({ ...one, wildcard: one.resource !== 'checkpointer' })),
      { what: 'one of them repairs', user: { subject: 'erin' }, resource: 'graph', action: 'fix' },
    ],
  },
);

describeAuthorizationBackend(
  'custom',
  () => {
    const permissions: Readonly<Record<string, readonly string[]>> = {
      admin: ['policy:write'],
      user: ['graph:invoke', 'checkpointer:read'],
    };
    const plugin = {
      async authorize({ roles }: { roles: readonly string[] }, resource: string, action: string) {
        await Promise.resolve();
        return roles.some(
          (role) => Object.hasOwn(permissions, role) && permissions[role]?.includes(`${resource}:${action}`),
        );
      },
    };
    const options = customAuthorizationOptionsSchema.parse({ method: 'custom', path: 'auth.ts:plugin' });
    return createCustomAuthorization(options, plugin, { path });
  },
  byRole,
);

describeAuthorizationBackend(
  'insecure-allow-all',
  () => createInsecureAllowAllAuthorization({ announce: () => undefined }),
  {
    allowed: [{ what: 'anybody does anything', user: { subject: 'alice' }, resource: 'policy', action: 'write' }],
    denied: [],
    allowsEverything: true,
    runner,
  },
);

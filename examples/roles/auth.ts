import { AuthorizationBackend, type User } from 'agentflow';

type Permissions = Readonly<Record<string, readonly string[]>>;

/** Permissions by role. A map, so that a role which is called "constructor" finds nothing. */
const permissions: ReadonlyMap<string, Permissions> = new Map(
  Object.entries({
    admin: {
      graph: ['invoke', 'stream', 'read', 'stop', 'setup'],
      checkpointer: ['read', 'write', 'delete'],
      store: ['read', 'write'],
    },
    user: {
      graph: ['invoke', 'stream'],
      checkpointer: ['read'],
      store: ['read'],
    },
    guest: {
      graph: ['invoke'],
      checkpointer: [],
      store: [],
    },
  }),
);

export class RoleBasedAuthorization extends AuthorizationBackend {
  authorize(user: User, resource: string, action: string): boolean {
    // Who has no role is a guest; who has several may do what one of them may.
    const roles = user.roles.length > 0 ? user.roles : ['guest'];
    return roles.some((role) => permissions.get(role)?.[resource]?.includes(action) === true);
  }
}

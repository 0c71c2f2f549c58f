import { AuthorizationBackend, allow, type BackendSurroundings, type Decision, deny, type User } from '@agentflow/core';
import { type CompiledRoles, compileRoles, withInherited } from './compile-roles.js';
import type { RolesAuthorizationOptions } from './options.js';

/** Each role has a set of permissions; somebody may do what one of their roles may. */
class RolesAuthorization extends AuthorizationBackend {
  readonly #permissions: CompiledRoles;
  readonly #defaultRoles: readonly string[];
  readonly #inherits: ReadonlyMap<string, readonly string[]>;

  constructor(permissions: CompiledRoles, { default_role: defaultRole, inherits }: RolesAuthorizationOptions) {
    super();
    this.#permissions = permissions;
    this.#defaultRoles = defaultRole === undefined ? [] : [defaultRole];
    this.#inherits = new Map(Object.entries(inherits ?? {}));
  }

  authorize(user: User, resource: string, action: string): Decision {
    const permission = `${resource}:${action}`;
    const roles = this.#ownRoles(user);
    const role = roles.find((one) => this.#permissions.get(one)?.has(permission));
    if (role !== undefined) return allow(`the role "${role}" has ${permission}`, role);
    return deny(roles.length === 0 ? 'has no role' : `no role of theirs has ${permission}`);
  }

  /** Those that the roles of a credential inherit; without a role, the default one. */
  override rolesOf(user: User): readonly string[] {
    return [...withInherited(this.#ownRoles(user), this.#inherits)];
  }

  #ownRoles({ roles }: User): readonly string[] {
    return roles.length > 0 ? roles : this.#defaultRoles;
  }

  override describe(): string {
    const names = [...this.#permissions].map(([role, { size }]) => `${role} (${size})`);
    const [defaultRole] = this.#defaultRoles;
    return `by role: ${names.join(', ')}; without a role: ${defaultRole ?? 'nothing'}`;
  }
}

/** @throws {ConfigurationError} if the roles cannot be compiled */
export function createRolesAuthorization(
  options: RolesAuthorizationOptions,
  { path, guarded }: Pick<BackendSurroundings, 'path' | 'guarded'>,
): AuthorizationBackend {
  return new RolesAuthorization(compileRoles(options, path, guarded), options);
}

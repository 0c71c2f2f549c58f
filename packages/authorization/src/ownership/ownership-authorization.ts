import { AuthorizationBackend, allow, type Decision, deny, type User } from '@agentflow/core';
import { actionsByResource } from '@agentflow/protocol';
import type { OwnershipAuthorizationOptions } from './options.js';

/**
 * What everybody who is authenticated may do, with what is theirs. Not `graph:fix`, which may write what the model has
 * never said, and not `graph:setup`, which puts tools of the caller's own before the model.
 */
const everybodysActions: Readonly<Record<string, readonly string[]>> = {
  graph: ['invoke', 'stream', 'read', 'stop'],
  checkpointer: ['read', 'write', 'delete', 'share'],
  store: ['read', 'write', 'delete'],
  files: ['upload', 'read', 'delete'],
  run: ['read'],
  node: ['use'],
  tool: ['use'],
  session: ['read', 'write', 'delete'],
};

/** Everybody may use the graph, and has threads and memories of their own. The floor in the stores keeps them apart. */
class OwnershipAuthorization extends AuthorizationBackend {
  readonly #administratorRole: string | undefined;
  readonly #sees: string;

  constructor({ administrator_role: role, isolation }: OwnershipAuthorizationOptions) {
    super();
    this.#administratorRole = role;
    this.#sees = isolation === 'none' ? 'each sees the threads of all' : 'each sees only their own threads';
  }

  authorize(user: User, resource: string, action: string): Decision {
    if (lists(everybodysActions, resource, action))
      return allow('everybody authenticated may do this with what is theirs');
    const isAdministrator = this.#administratorRole !== undefined && user.roles.includes(this.#administratorRole);
    if (isAdministrator && lists(actionsByResource, resource, action)) return allow('administrators may do this');
    return deny('ownership gives this to nobody');
  }

  override describe(): string {
    const own = `everybody authenticated may use the graph; ${this.#sees}`;
    return this.#administratorRole === undefined
      ? own
      : `${own}; the role "${this.#administratorRole}" may do everything`;
  }
}

function lists(table: Readonly<Record<string, readonly string[]>>, resource: string, action: string): boolean {
  return Object.hasOwn(table, resource) && (table[resource]?.includes(action) ?? false);
}

export function createOwnershipAuthorization(options: OwnershipAuthorizationOptions): AuthorizationBackend {
  return new OwnershipAuthorization(options);
}

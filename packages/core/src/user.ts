import type { JsonObject } from '@agentflow/protocol';
import type { Actor } from './actor.js';
import type { Principal } from './principal.js';

/** Who acts for the user, as user code sees it. Deeply frozen. */
export interface UserActor {
  readonly sub: string;
  readonly realm: string;
  readonly roles: readonly string[];
  /** Who acted before it. */
  readonly actor?: UserActor;
}

/**
 * The principal as user code sees it: the `user` of a plugin's `authorize`, and of the running graph's config.
 * `user_id` and `sub` both name the subject. Never holds a credential. Deeply frozen.
 */
export interface User {
  readonly user_id: string;
  readonly sub: string;
  readonly realm: string;
  readonly tenant: string;
  /** The first role, for code that expects one. Absent where there is none. */
  readonly role?: string;
  readonly roles: readonly string[];
  /** Absent where the credential carries no scopes. */
  readonly scopes?: readonly string[];
  /** Who really acts, where it is another than the user. */
  readonly actor?: UserActor;
  /** Whatever else the backend vouches for: `name`, `email`, … */
  readonly [claim: string]: unknown;
}

/** The names that claims cannot take. */
export const reservedUserFields: ReadonlySet<string> = new Set([
  'user_id',
  'sub',
  'realm',
  'tenant',
  'role',
  'roles',
  'scope',
  'scp',
  'scopes',
  'act',
  'actor',
  'authz',
  'user',
  'langgraph_auth_user',
]);

const known = new WeakMap<Principal, User>();

/** The same principal always gives the same frozen object. */
export function userOf(principal: Principal): User {
  const existing = known.get(principal);
  if (existing !== undefined) return existing;
  const [role] = principal.roles;
  const user: User = Object.freeze({
    ...principal.claims,
    user_id: principal.subject,
    sub: principal.subject,
    realm: principal.realm,
    tenant: principal.tenant,
    ...(role !== undefined && { role }),
    roles: principal.roles,
    ...(principal.scopes !== undefined && { scopes: principal.scopes }),
    ...(principal.actor !== undefined && { actor: userActorOf(principal.actor) }),
  });
  known.set(principal, user);
  return user;
}

function userActorOf({ realm, subject, roles, actor }: Actor): UserActor {
  return Object.freeze({ sub: subject, realm, roles, ...(actor !== undefined && { actor: userActorOf(actor) }) });
}

/** The part of a LangGraph config that {@link currentUser} needs. */
export interface ConfigWithUser {
  readonly configurable?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Who is asking, inside a node or tool: `currentUser(config).user_id`.
 * The server sets it after authentication; nothing in a request body can.
 * @throws {Error} if the graph does not run under agentflow
 */
export function currentUser(config: ConfigWithUser | undefined): User {
  const user = config?.configurable?.['user'];
  if (!isUser(user)) {
    throw new Error(
      'currentUser(config) found no user. Pass the config that the node or tool received, in a graph that agentflow runs.',
    );
  }
  return user;
}

function isUser(value: unknown): value is User {
  return typeof value === 'object' && value !== null && typeof (value as JsonObject)['user_id'] === 'string';
}

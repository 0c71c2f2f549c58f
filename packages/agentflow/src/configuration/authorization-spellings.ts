/*
 * One backend has one form here; AgentFlow's file has had several. Whatever may stand under `authorization` is turned into
 * ours before it is validated, so that every fault is found by one schema.
 */

/** AgentFlow's names for what is called `roles` here. */
export const namesOfRoles: ReadonlySet<unknown> = new Set(['rbac', 'role_based', 'roles']);

/** The role that stands for AgentFlow's `default_scopes`. */
const defaultRole = 'default_scopes';

/**
 * `"ownership"` is short for `{"method": "ownership"}`, and a path for `{"method": "custom", "path": …}`. `type` and
 * `backend` are AgentFlow's words for `method`; an object with nothing but a `path` is a custom backend.
 */
export function readAuthorizationSpelling(value: unknown): unknown {
  if (typeof value === 'string') return named(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { type, backend, ...rest } = value as Readonly<Record<string, unknown>>;
  const names = [rest['method'], type, backend].filter((name) => name !== undefined);
  // Two names for one thing: validation refuses the one that it does not know.
  if (names.length > 1) return value;
  const name = names[0] ?? (typeof rest['path'] === 'string' ? 'custom' : undefined);
  if (name === undefined) return rest;
  if (namesOfRoles.has(name)) return { ...readRoles(rest), method: 'roles' };
  const { method: _name, ...options } = name === 'ownership' ? rest : withoutOwnerIsolation(rest);
  return typeof name === 'string' ? { ...options, ...named(name) } : value;
}

function named(name: string): Readonly<Record<string, unknown>> {
  return name.includes(':') ? { method: 'custom', path: name } : { method: name };
}

/** Under a backend that cannot lift it, that threads are their owner's may be said once more. */
function withoutOwnerIsolation(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { isolation, ...rest } = options;
  return isolation === 'owner' ? rest : options;
}

function readRoles(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { role_scopes: roleScopes, default_scopes: defaultScopes, ...rest } = options;
  // Both at once: the one that is not ours is refused as an unknown key.
  if (roleScopes !== undefined && rest['roles'] !== undefined) return options;
  const roles = rest['roles'] ?? roleScopes;
  const read = roles === undefined ? rest : { ...rest, roles };
  if (defaultScopes === undefined || (Array.isArray(defaultScopes) && defaultScopes.length === 0)) return read;
  const isFree = typeof roles === 'object' && roles !== null && !Object.hasOwn(roles, defaultRole);
  if (!isFree || rest['default_role'] !== undefined) return options;
  return { ...read, roles: { ...roles, [defaultRole]: defaultScopes }, default_role: defaultRole };
}

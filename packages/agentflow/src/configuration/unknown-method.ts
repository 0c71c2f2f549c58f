import { type ConfigurationFault, nearest } from '@agentflow/core';

/** The backends that there are, and how each is written. */
export const methods = {
  auth: {
    known: ['jwt', 'api_key', 'oauth', 'login', 'basic', 'custom'],
    remedy:
      'Use "jwt", "api_key", {"method": "oauth", "issuer": …, "audience": …}, "login", "basic", or {"method": "custom", "path": "graph/auth.ts:ApiKeyAuth"}.',
  },
  authorization: {
    known: ['ownership', 'roles', 'casbin', 'custom', 'insecure-allow-all'],
    remedy:
      'Use "ownership", {"method": "roles", "roles": {…}}, {"method": "casbin", "policy": "policy.csv"}, or the path of a class: "graph/auth.ts:RoleBasedAuthorization".',
  },
} as const;

/** AgentFlow's words for letting everybody do everything. */
const wordsForAllowAll: ReadonlySet<unknown> = new Set(['allow_all', 'allow-all', 'default', 'none']);

/** A backend that does not exist: the nearest that does. `input` is the object whose `method` is not known. */
export function unknownMethodFault(path: readonly (string | number)[], input: unknown): ConfigurationFault {
  const key = path[0] === 'auth' ? 'auth' : 'authorization';
  const method = typeof input === 'object' && input !== null && 'method' in input ? input.method : undefined;
  return {
    path: path.at(-1) === 'method' ? path.slice(0, -1) : path,
    message: `Unsupported ${key} method`,
    remedy: remedyFor(key, method),
  };
}

function remedyFor(key: keyof typeof methods, method: unknown): string {
  if (key === 'authorization' && wordsForAllowAll.has(method)) {
    return 'To let everybody who is authenticated do everything, say so: "insecure-allow-all". For threads that are each their owner\'s: "ownership".';
  }
  const { known, remedy } = methods[key];
  const meant = typeof method === 'string' ? nearest(method, known) : undefined;
  return meant === undefined ? remedy : `Did you mean "${meant}"? ${remedy}`;
}

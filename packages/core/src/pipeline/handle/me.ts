import { allPermissions, allRoutes, type MeResponse, type Permission } from '@agentflow/protocol';
import { formatTime } from '../../clock.js';
import type { ApiKeyIssuer } from '../../identity/api-key-issuer.js';
import { mayMakeKeys } from './api-key-rights.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';

/** `GET /v1/auth/me`: who am I, by which method, and what may I do? */
export function createMeHandlers({
  apiKeys,
}: {
  readonly apiKeys?: ApiKeyIssuer | undefined;
}): Pick<Handlers, 'readMe'> {
  const own = allPermissions.filter((one) => aboutOneself.has(one) && (!isOfKeys(one) || apiKeys !== undefined));
  return { readMe: async (call) => data(await describeCaller(call, own)) };
}

/** What the routes about oneself need. */
const aboutOneself: ReadonlySet<Permission> = new Set(
  allRoutes.flatMap((route) =>
    'self' in route ? [`${route.requires.resource}:${route.requires.action}` as Permission] : [],
  ),
);

function isOfKeys(permission: Permission): boolean {
  return permission.startsWith('api-key:');
}

/** Whose keys they are, has them alone; and a key makes none. */
function isOpenTo(call: Call, permission: Permission): boolean {
  if (!isOfKeys(permission)) return true;
  return call.caller.principal.actor === undefined && (permission !== 'api-key:write' || mayMakeKeys(call));
}

async function describeCaller(call: Call, own: readonly Permission[]): Promise<MeResponse> {
  const { principal, method, evidence } = call.caller;
  const { username } = principal.claims;
  // All at once: a policy that is asked elsewhere should not be waited for forty times.
  const allowed = await Promise.all(allPermissions.map((permission) => call.maySome(permission)));
  const permissions: Permission[] = allPermissions.filter((_permission, index) => allowed[index]);
  return {
    user_id: principal.subject,
    ...(typeof username === 'string' && { username }),
    subject: principal.subject,
    realm: principal.realm,
    tenant: principal.tenant,
    roles: principal.roles,
    scopes: principal.scopes ?? null,
    claims: principal.claims,
    actor: call.user.actor ?? null,
    method,
    expires_at: evidence.expiresAt === undefined ? null : formatTime(evidence.expiresAt),
    ...(evidence.sessionId !== undefined && { session_id: evidence.sessionId }),
    permissions,
    own_permissions: own.filter((one) => call.hasScopeFor(one) && isOpenTo(call, one)),
  };
}

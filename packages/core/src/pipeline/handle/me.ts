import { allPermissions, type MeResponse, type Permission } from '@agentflow/protocol';
import { formatTime } from '../../clock.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';

/** `GET /v1/auth/me`: who am I, by which method, and what may I do? */
export function createMeHandlers(): Pick<Handlers, 'readMe'> {
  return { readMe: async (call) => data(await describeCaller(call)) };
}

async function describeCaller(call: Call): Promise<MeResponse> {
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
  };
}

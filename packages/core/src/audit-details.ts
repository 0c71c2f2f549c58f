import type { JsonObject } from '@agentflow/protocol';
import { formatTime } from './clock.js';
import type { StoredApiKey } from './stores/api-key-store.js';
import type { StoredUser } from './stores/user-store.js';

/* What the trail says of a thing that was changed, whoever has changed it: a request, or a command beside the server. */

/** The name may be a person's, and is not kept. */
export function detailOfUser({ id, roles, disabledAt }: StoredUser): JsonObject {
  return { user: id, roles, disabled: disabledAt !== undefined };
}

export function detailOfKey({ id, name, owner, scopes, roles, expiresAt }: StoredApiKey): JsonObject {
  return {
    ...{ keyId: id, name, owner: { realm: owner.realm, subject: owner.subject } },
    ...{ scopes: scopes ?? null, roles: roles ?? null },
    expiresAt: expiresAt === undefined ? null : formatTime(expiresAt),
  };
}

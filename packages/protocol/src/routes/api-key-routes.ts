import { defineRoutes } from '../route-definition.js';

/** Keys that are issued here: there where the configuration says that any are. */
export const apiKeyRoutes = defineRoutes({
  createApiKey: {
    method: 'POST',
    path: '/v1/api-keys',
    requires: { resource: 'api-key', action: 'write' },
    self: 'a key is of whoever makes it, and may no more than they may',
    answer: 'plain',
    summary: 'Make a key of the caller. It is told this once.',
    switchedOn: true,
  },
  listApiKeys: {
    method: 'GET',
    path: '/v1/api-keys',
    requires: { resource: 'api-key', action: 'read' },
    self: "one's own keys, without what proves them",
    answer: 'plain',
    summary: 'The keys of the caller.',
    switchedOn: true,
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/v1/api-keys/{key_id}',
    requires: { resource: 'api-key', action: 'delete', id: 'path:key_id' },
    self: "one's own key",
    answer: 'plain',
    summary: 'Revoke a key of the caller, everywhere and at once.',
    switchedOn: true,
  },
  rotateApiKey: {
    method: 'POST',
    path: '/v1/api-keys/{key_id}/rotate',
    requires: { resource: 'api-key', action: 'write', id: 'path:key_id' },
    self: "one's own key, for another that may as much",
    answer: 'plain',
    summary: 'Another key in the place of one of the caller, which ends a while later.',
    switchedOn: true,
  },
  listTenantApiKeys: {
    method: 'GET',
    path: '/v1/tenant/api-keys',
    requires: { resource: 'api-key', action: 'read' },
    answer: 'plain',
    summary: "Everybody's keys, in the caller's tenant.",
    switchedOn: true,
  },
  revokeTenantApiKey: {
    method: 'DELETE',
    path: '/v1/tenant/api-keys/{key_id}',
    requires: { resource: 'api-key', action: 'delete', id: 'path:key_id' },
    answer: 'plain',
    summary: "Revoke anybody's key, in the caller's tenant.",
    switchedOn: true,
  },
});

import { formatTime, type StoredApiKey, type Stores, type UserCompanion } from '@agentflow/core';

/** What else there is of users in the database, that goes with them: one for each kind. Servers and commands have the same. */
export function userCompanions(open: () => Promise<Pick<Stores, 'apiKeys'>>): readonly UserCompanion[] {
  return [
    {
      name: 'apiKeys',
      export: async (owner) => (await (await open()).apiKeys.listOf(owner)).map(toExported),
      async delete(owner) {
        await (await open()).apiKeys.deleteOf(owner);
      },
    },
  ];
}

/** Without what a key is checked by. */
function toExported({ id, name, last4, scopes, roles, createdAt, expiresAt, lastUsedAt }: StoredApiKey) {
  return {
    ...{ id, name, last4, scopes: scopes?.slice() ?? null, roles: roles?.slice() ?? null },
    createdAt: formatTime(createdAt),
    expiresAt: expiresAt === undefined ? null : formatTime(expiresAt),
    lastUsedAt: lastUsedAt === undefined ? null : formatTime(lastUsedAt),
  };
}

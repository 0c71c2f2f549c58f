import type { RunRequest } from '@agentflow/core';

/**
 * `config.configurable` as the graph sees it. Only here does one come into being, from what the client sent and was cleaned
 * before; what the server sets is set last.
 */
export function createConfigurable({ config, threadUuid, user }: RunRequest): Record<string, unknown> {
  const permissions = user.scopes ?? [];
  return {
    ...config,
    thread_id: threadUuid,
    user,
    user_id: user.user_id,
    // LangGraph Platform's names for the same, so that a graph written for it finds them.
    langgraph_auth_user: { ...user, identity: user.user_id, permissions },
    langgraph_auth_user_id: user.user_id,
    langgraph_auth_permissions: permissions,
  };
}

/**
 * The frozen vocabulary of permissions. Policies, scopes and audit queries depend on these words:
 * they may be added to, never renamed.
 */
export const actionsByResource = {
  graph: ['invoke', 'stream', 'read', 'stop', 'fix', 'setup'],
  checkpointer: ['read', 'write', 'delete', 'share'],
  store: ['read', 'write', 'delete'],
  files: ['upload', 'read', 'delete'],
  run: ['read'],
  node: ['use'],
  tool: ['use'],
  session: ['read', 'write', 'delete'],
  user: ['read', 'write', 'delete'],
  'api-key': ['read', 'write', 'delete'],
  policy: ['read', 'write', 'delete'],
  audit: ['read'],
  credential: ['read', 'write', 'delete'],
  config: ['read', 'write'],
  metrics: ['read'],
  health: ['read'],
  executor: ['read', 'call'],
} as const;

export type ResourceType = keyof typeof actionsByResource;
export type ActionOn<R extends ResourceType> = (typeof actionsByResource)[R][number];
export type Action = { [R in ResourceType]: ActionOn<R> }[ResourceType];

/** A pair of resource type and action, written `resource:action`. A scope has the same form. */
export type Permission = { [R in ResourceType]: `${R}:${ActionOn<R>}` }[ResourceType];

/** Other names for resource types that a scope or a policy may use. */
export const resourceAliases: Readonly<Record<string, ResourceType>> = {
  threads: 'checkpointer',
  memories: 'store',
};

/** Every permission there is, in the order of the vocabulary. */
export const allPermissions: readonly Permission[] = Object.entries(actionsByResource).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}:${action}` as Permission),
);

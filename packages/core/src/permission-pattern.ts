import { actionsByResource, allPermissions, type Permission, resourceAliases } from '@agentflow/protocol';
import type { ConfigurationFault } from './configuration-error.js';
import { suggest } from './nearest-word.js';

/** What is wrong with a word of the vocabulary; the place is the reader's to add. */
export type VocabularyFault = Pick<ConfigurationFault, 'message' | 'remedy'>;

export type ExpandedPermission =
  | { readonly permissions: readonly Permission[]; readonly fault?: undefined }
  | { readonly permissions?: undefined; readonly fault: VocabularyFault };

const resources = Object.keys(actionsByResource);
const actions: readonly string[] = [...new Set(Object.values(actionsByResource).flat())];

/** The resource type that a name stands for: its own, or the one that it is another name of. */
export function resourceNamed(name: string): string {
  return Object.hasOwn(resourceAliases, name) ? (resourceAliases[name] ?? name) : name;
}

/**
 * All the permissions that a pattern stands for: `graph:invoke`, `graph:*`, `*:read`, `*`. A resource or an action that
 * does not exist is a fault: a policy that says something nobody asks for is not what was meant.
 */
export function expandPermission(pattern: string): ExpandedPermission {
  if (pattern === '*') return { permissions: allPermissions };
  const [name, action, ...more] = pattern.split(':');
  if (name === undefined || action === undefined || more.length > 0) return { fault: malformedFault(pattern) };
  const resource = resourceNamed(name);
  const fault = vocabularyFault(resource, action);
  if (fault !== undefined) return { fault };
  const permissions = allPermissions.filter((permission) => {
    const [one, other] = permission.split(':');
    return (resource === '*' || resource === one) && (action === '*' || action === other);
  });
  return { permissions };
}

/** What is wrong with a resource type and an action, either of which may be `*`; undefined if nothing is. */
export function vocabularyFault(resource: string, action: string): VocabularyFault | undefined {
  if (resource !== '*' && !Object.hasOwn(actionsByResource, resource)) {
    const known = [...resources, ...Object.keys(resourceAliases)];
    return { message: `there is no resource "${resource}"`, remedy: suggest(resource, known) };
  }
  if (action === '*') return undefined;
  const own = Object.entries(actionsByResource).find(([name]) => name === resource)?.[1];
  const known: readonly string[] = own ?? actions;
  if (known.includes(action)) return undefined;
  const where = resource === '*' ? 'no resource has' : `"${resource}" does not have`;
  return { message: `${where} the action "${action}"`, remedy: suggest(action, known) };
}

function malformedFault(pattern: string): VocabularyFault {
  const isResource = Object.hasOwn(actionsByResource, resourceNamed(pattern));
  const remedy = isResource
    ? `Write "${pattern}:*" for all that can be done with it.`
    : 'Write "graph:invoke", "graph:*", "*:read", or "*" for all.';
  return { message: `"${pattern}" is not of the form resource:action`, remedy };
}

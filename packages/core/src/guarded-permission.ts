import { resourceNamed, type VocabularyFault } from './permission-pattern.js';
import { type UsableResource, usableResources } from './use-guard.js';

/**
 * What is wrong with a permission that a policy gives or denies, where nothing ever asks for it: it would look like a guard, and
 * be none. `*` and `*:*` mean everything that is asked, and are always good.
 * @param guarded undefined where nobody knows yet what will be asked
 */
export function unguardedFault(
  pattern: string,
  guarded: ReadonlySet<UsableResource> | undefined,
): VocabularyFault | undefined {
  if (guarded === undefined) return undefined;
  const [resource = '', action] = pattern.split(':');
  const name = resourceNamed(resource);
  const meant = name === '*' && action === 'use' && guarded.size === 0 ? 'tool' : name;
  const unguarded = usableResources.find((one) => one === meant && !guarded.has(one));
  if (unguarded === undefined) return undefined;
  const list = usableResources.filter((one) => one === unguarded || guarded.has(one));
  return {
    message: `nothing asks who may use a ${unguarded}, so this would guard none`,
    remedy: `Write "guard": ${JSON.stringify(list)} into the file, or take this out.`,
  };
}

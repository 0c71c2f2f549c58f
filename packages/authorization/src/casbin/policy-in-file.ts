import type { ServingSurroundings } from '@agentflow/core';
import type { ChangingPolicy } from './changing-policy.js';
import { loadPolicy, policyFiles } from './load-policy.js';
import type { CasbinAuthorizationOptions } from './options.js';
import { createReloading } from './reloading.js';
import { requireInvariants } from './require-invariants.js';

/**
 * The policy of a file, which is read again whenever that changes.
 * @throws {ConfigurationError} if the model or the policy is not good
 */
export async function openPolicyInFile(
  options: CasbinAuthorizationOptions,
  surroundings: Pick<ServingSurroundings, 'directory' | 'path' | 'guarded' | 'clock' | 'log' | 'changed'>,
): Promise<ChangingPolicy> {
  const reloading = await createReloading({
    files: policyFiles(options, surroundings),
    load: async () => {
      const loaded = await loadPolicy(options, surroundings);
      await requireInvariants(loaded, options, surroundings);
      return loaded;
    },
    // A change is read with the second look that sees it, and reading takes time.
    intervalMilliseconds: (options.reload_interval * 1000) / 3,
    maxStalenessMilliseconds: options.max_staleness * 1000,
    onChange: surroundings.changed,
    clock: surroundings.clock,
    log: surroundings.log,
  });
  return {
    current: () => reloading.current(),
    ready: () => reloading.ready(),
    live: undefined,
    close: () => reloading.close(),
    async inspect() {
      const { inspectText } = await import('./inspection/inspected-policy.js');
      return inspectText(reloading.current());
    },
  };
}

import type { ServingSurroundings, ShadowBackend } from '@agentflow/core';
import { type CasbinAuthorizationOptions, isInDatabase } from './options.js';
import { createShadowReport } from './shadow-report.js';

/**
 * A candidate that is asked beside the policy of a configuration, and read anew when its files change.
 * @param options of the candidate: its files, and all else as the policy has it
 * @param beside of the policy that decides
 * @throws {ConfigurationError} if the model or the rules of the candidate are not good
 */
export async function createShadowPolicy(
  options: CasbinAuthorizationOptions,
  beside: Pick<CasbinAuthorizationOptions, 'policy'>,
  surroundings: Pick<ServingSurroundings, 'directory' | 'path' | 'guarded' | 'clock' | 'log' | 'announce'>,
): Promise<ShadowBackend> {
  const { loadPolicy, policyFiles } = await import('./load-policy.js');
  const { createReloading } = await import('./reloading.js');
  const candidate = await createReloading({
    files: policyFiles(options, surroundings),
    load: () => loadPolicy(options, surroundings),
    intervalMilliseconds: (options.reload_interval * 1000) / 3,
    maxStalenessMilliseconds: options.max_staleness * 1000,
    clock: surroundings.clock,
    log: surroundings.log,
    createReport: createShadowReport,
  });
  const first = candidate.current();
  for (const notice of first.notices()) surroundings.announce(notice);
  const name = isInDatabase(beside) ? 'the policy in the database' : beside.policy;
  const description = `${options.policy} (${first.size} lines) is asked beside ${name}, and decides nothing`;
  return {
    name: options.policy,
    authorize(user, resource, action, resourceId, { many }) {
      const policy = candidate.current();
      return many ? policy.decideAboutMany(user, resource, action) : policy.decide(user, resource, action, resourceId);
    },
    describe: () => description,
    close: () => candidate.close(),
  };
}

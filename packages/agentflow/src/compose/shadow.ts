import { createShadowPolicy } from '@agentflow/authorization';
import {
  ConfigurationError,
  type ConfigurationFault,
  type ConfiguredAuthorization,
  type ServingSurroundings,
} from '@agentflow/core';
import type { AuthorizationConfiguration } from '../configuration/schema.js';
import { type CandidatePolicy, candidateOptions, readingCandidate } from './candidate-policy.js';

/**
 * Sets a candidate beside the one Casbin policy of a configuration.
 * @param configured in the order of the options
 * @throws {ConfigurationError} if there is no such policy, or there are several
 * @throws {InvalidConfigurationError} if the candidate is not good
 */
export async function addShadow(
  configured: readonly ConfiguredAuthorization[],
  authorization: readonly AuthorizationConfiguration[] = [],
  candidate: CandidatePolicy,
  surroundings: Omit<ServingSurroundings, 'path'>,
): Promise<readonly ConfiguredAuthorization[]> {
  const casbin = authorization.flatMap((options, index) => (options.method === 'casbin' ? [{ options, index }] : []));
  const [only, second] = casbin;
  if (only === undefined || second !== undefined) throw new ConfigurationError([whichFault(casbin.length)]);
  const options = candidateOptions(candidate, only.options, surroundings.directory);
  const place = { ...surroundings, directory: candidate.directory, path: [] };
  const shadow = await readingCandidate(candidate, () => createShadowPolicy(options, only.options, place));
  return configured.map((one, index) => (index === only.index ? { ...one, shadow } : one));
}

function whichFault(count: number): ConfigurationFault {
  const path = ['authorization'];
  if (count > 1) {
    const message = `--shadow sets a candidate beside a Casbin policy, and here are ${count}`;
    return { path, message, remedy: 'Serve without --shadow, or put the policies into one.' };
  }
  const message = '--shadow sets a candidate beside a Casbin policy, and here is none';
  const remedy = 'Set "authorization": {"method": "casbin", "policy": "policy.csv"}, or serve without --shadow.';
  return { path, message, remedy };
}

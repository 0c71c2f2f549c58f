import { resolve } from 'node:path';
import type { CasbinAuthorizationOptions } from '@agentflow/authorization';
import { ConfigurationError } from '@agentflow/core';
import { faultsInFile } from '../configuration/faults-in-file.js';

/** A policy that is not in force, as the command line names it. */
export interface CandidatePolicy {
  readonly policy: string;
  /** Absent: that of the configuration. */
  readonly model?: string | undefined;
  /** Where its paths start. */
  readonly directory: string;
}

/** A candidate in the place of the policy of a configuration. */
export function candidateOptions(
  { policy, model }: CandidatePolicy,
  // A database is not begun with a candidate, and what it breaks is told where it becomes the policy.
  { model: own, seed: _seed, invariants: _invariants, ...rest }: CasbinAuthorizationOptions,
  directory: string,
): CasbinAuthorizationOptions {
  // Paths of the command line start here, those of the configuration where it lies.
  const chosen = model ?? (own === undefined ? undefined : resolve(directory, own));
  return { ...rest, policy, ...(chosen !== undefined && { model: chosen }) };
}

/** @throws {InvalidConfigurationError} with the lines of all that is wrong with the candidate */
export async function readingCandidate<T>({ policy, directory }: CandidatePolicy, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw faultsInFile({ name: policy, directory, what: 'the candidate' }, error.faults);
  }
}

import type { ConfigurationError, ConfiguredAuthorization } from '@agentflow/core';

/**
 * A change is held against the policy that it is made through: another backend over the same lines might not be able to read them,
 * and from then on refuse every request.
 */
export function secondLivePolicies(
  backends: readonly ConfiguredAuthorization[],
  pathOf: (index: number) => readonly (string | number)[],
): ConfigurationError['faults'] {
  const [, ...more] = [...backends.keys()].filter((index) => backends[index]?.backend.livePolicy !== undefined);
  return more.map((index) => ({
    path: pathOf(index),
    message: 'there is a policy in the database already, and a database has one',
    remedy: 'Keep one of them, or put the rules of the other into a file.',
  }));
}

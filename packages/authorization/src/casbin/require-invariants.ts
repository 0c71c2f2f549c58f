import type { LoadedPolicy, Place } from './load-policy.js';
import type { CasbinAuthorizationOptions } from './options.js';

/**
 * Holds a policy that was read from a file against the invariants of the configuration, where it names any.
 * @throws {ConfigurationError} with a counter-example for each that does not hold
 */
export async function requireInvariants(
  loaded: LoadedPolicy,
  { invariants }: Pick<CasbinAuthorizationOptions, 'invariants'>,
  place: Place,
): Promise<void> {
  if (invariants === undefined) return;
  // Who asks for none does not wait for it.
  const { loadInvariants } = await import('./load-invariants.js');
  const { inspectText } = await import('./inspection/inspected-policy.js');
  await (await loadInvariants(invariants, place)).require(inspectText(loaded));
}

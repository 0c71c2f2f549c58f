import { runChecks } from '../runner.js';
import type { TestedAuthorization } from './ask.js';
import { type AuthorizationCases, requireCases } from './cases.js';
import { decisionChecks } from './check-decisions.js';
import { defaultDenyChecks } from './check-default-deny.js';
import { identityChecks } from './check-identity.js';
import { mannersChecks } from './check-manners.js';
import { steadinessChecks } from './check-steadiness.js';
import { createSuite } from './suite.js';

/**
 * Declares the tests that every authorization backend must pass. `factory` makes a new one for each of them.
 * @throws {TypeError} if the cases leave nothing to check
 */
export function describeAuthorizationBackend(
  name: string,
  factory: () => TestedAuthorization | Promise<TestedAuthorization>,
  cases: AuthorizationCases,
): void {
  requireCases(cases);
  const suite = createSuite(factory, cases);
  const guarded = cases.allowsEverything === true ? [] : [...defaultDenyChecks(suite), ...identityChecks(suite)];
  const checks = [...decisionChecks(suite), ...guarded, ...steadinessChecks(suite, factory), ...mannersChecks(suite)];
  runChecks(name, checks, cases.runner);
}

import { runChecks } from '../runner.js';
import { type BaseAuthCases, requireCases } from './cases.js';
import { answerChecks } from './check-answers.js';
import { everybodyChecks } from './check-everybody.js';
import { mannersChecks } from './check-manners.js';
import { oneCredentialChecks } from './check-one-credential.js';
import { secrecyChecks } from './check-secrecy.js';
import { steadinessChecks } from './check-steadiness.js';
import { timeChecks } from './check-time.js';
import type { TestedAuth } from './present.js';
import { createSuite } from './suite.js';

/**
 * Declares the tests that every authentication backend must pass. `factory` makes a new one for each of them.
 * @throws {TypeError} if the cases leave nothing to check
 */
export function describeBaseAuth(
  name: string,
  factory: () => TestedAuth | Promise<TestedAuth>,
  cases: BaseAuthCases,
): void {
  requireCases(cases);
  const suite = createSuite(factory, cases);
  const answers =
    cases.everybody === undefined
      ? [...answerChecks(suite), ...oneCredentialChecks(suite), ...secrecyChecks(suite)]
      : everybodyChecks(suite, cases.everybody);
  const checks = [...answers, ...steadinessChecks(suite, factory), ...timeChecks(suite), ...mannersChecks(suite)];
  runChecks(name, checks, cases.runner);
}

import { type Check, withBackend } from '../runner.js';
import { type Access, ask, type TestedAuthorization, type Verdict } from './ask.js';
import type { AuthorizationCases } from './cases.js';

/** What all checks of one suite share. */
export interface Suite {
  readonly cases: AuthorizationCases;
  /** A test with a backend of its own, which is closed after it. */
  check(title: string, body: (backend: TestedAuthorization) => Promise<void>): Check;
  ask(backend: TestedAuthorization, access: Access): Promise<Verdict>;
}

export function createSuite(
  factory: () => TestedAuthorization | Promise<TestedAuthorization>,
  cases: AuthorizationCases,
): Suite {
  return {
    cases,
    check: (title, body) => ({ title, run: withBackend(factory, body) }),
    ask: (backend, access) => ask(backend, access, cases.deadlineMilliseconds),
  };
}

import { type Check, withBackend } from '../runner.js';
import type { BaseAuthCases } from './cases.js';
import type { PresentOptions, TestedAuth } from './present.js';

/** What all checks of one suite share. */
export interface Suite {
  readonly cases: BaseAuthCases;
  readonly options: PresentOptions;
  /** A test with a backend of its own, which is closed after it. */
  check(title: string, body: (backend: TestedAuth) => Promise<void>): Check;
}

export function createSuite(factory: () => TestedAuth | Promise<TestedAuth>, cases: BaseAuthCases): Suite {
  return {
    cases,
    options: { deadlineMilliseconds: cases.deadlineMilliseconds },
    check: (title, body) => ({ title, run: withBackend(factory, body) }),
  };
}

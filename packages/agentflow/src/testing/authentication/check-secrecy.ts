import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Check } from '../runner.js';
import type { AuthenticationCase } from './cases.js';
import { secretsOf } from './credential-text.js';
import { presentFully, type TestedAuth } from './present.js';
import type { Suite } from './suite.js';

/** That a credential is told to nobody: the graph sees the principal, the operator the log, the caller the challenge. */
export function secrecyChecks(suite: Suite): Check[] {
  const { good, bad } = suite.cases;
  return [
    ...good.map((one) => secrecyCheck('good', one, suite)),
    ...bad.filter(({ headers }) => Object.keys(headers).length > 0).map((one) => secrecyCheck('bad', one, suite)),
  ];
}

function secrecyCheck(kind: string, one: AuthenticationCase, suite: Suite): Check {
  return suite.check(`the credential is told to nobody: ${kind}: ${one.what}`, async (backend) => {
    const { outcome, logged } = await presentFully(backend, one.headers, suite.options);
    const secrets = secretsOf(one);
    if (outcome.kind === 'authenticated') {
      expectSilent('the principal', outcome.principal, secrets);
      expectSilent('the evidence', outcome.evidence, secrets);
    } else {
      expectSilent('the reason of the refusal', outcome, secrets);
    }
    expectSilent('the log', logged, secrets);
    expectSilent('what it says of itself', sayings(backend), secrets);
  });
}

function sayings(backend: TestedAuth): unknown {
  return [backend.describe?.(), backend.challenge?.()];
}

function expectSilent(where: string, value: unknown, secrets: readonly string[]): void {
  // A message that is handed to a failing assertion is printed: it must not hold the secret either.
  const told = inspect(value, { depth: 32, maxArrayLength: null, maxStringLength: null, breakLength: Infinity });
  assert.ok(!secrets.some((secret) => told.includes(secret)), `${where} holds the credential`);
}

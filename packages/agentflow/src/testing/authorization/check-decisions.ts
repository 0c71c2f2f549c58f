import assert from 'node:assert/strict';
import { isPrintable } from '@agentflow/core';
import type { Check } from '../runner.js';
import { accessOf, tell, type Verdict } from './ask.js';
import type { Suite } from './suite.js';

/** Who may do what, and that the answer is one. */
export function decisionChecks(suite: Suite): Check[] {
  const { allowed, denied } = suite.cases;
  return [
    ...allowed.map((one) =>
      suite.check(`allowed: ${one.what}`, async (backend) => {
        expectEffect(await suite.ask(backend, accessOf(one)), 'allow');
      }),
    ),
    ...denied.map((one) =>
      suite.check(`denied: ${one.what}`, async (backend) => {
        expectEffect(await suite.ask(backend, accessOf(one)), 'deny');
      }),
    ),
  ];
}

function expectEffect(verdict: Verdict, wanted: 'allow' | 'deny'): void {
  assert.ok(verdict.effect === wanted, `it must ${wanted}; it is ${tell(verdict)}`);
  assert.ok(isPrintable(verdict.reason), 'the reason has a line break or a control character');
}

import assert from 'node:assert/strict';
import { DeadlineError } from '@agentflow/core';
import type { Check } from '../runner.js';
import type { AuthenticationCase, ExpiringCredential } from './cases.js';
import { present, tell } from './present.js';
import type { Suite } from './suite.js';

/** What a clock and a signal change. */
export function timeChecks(suite: Suite): Check[] {
  const { good, slow, expiring } = suite.cases;
  return [
    ...good.slice(0, 1).map((one) => leftCheck(one, suite)),
    ...(slow === undefined ? [] : [slowCheck(slow, suite)]),
    ...(expiring === undefined ? [] : [expiryCheck(expiring, suite)]),
  ];
}

/** Answering all the same, and throwing, are both good; waiting is not. */
function leftCheck(one: AuthenticationCase, suite: Suite): Check {
  return suite.check('a client that has left: an end all the same', async (backend) => {
    const outcome = await present(backend, one.headers, { ...suite.options, signal: AbortSignal.abort() });
    const isLate = outcome.kind === 'failed' && outcome.error instanceof DeadlineError;
    assert.ok(!isLate, 'with an aborted signal it never answered');
  });
}

function slowCheck(slow: AuthenticationCase, suite: Suite): Check {
  return suite.check(`slow: ${slow.what}: ends with the signal or with a deadline of its own`, async (backend) => {
    const controller = new AbortController();
    const answer = present(backend, slow.headers, { ...suite.options, signal: controller.signal });
    controller.abort();
    const outcome = await answer;
    assert.notEqual(outcome.kind, 'authenticated', 'it authenticated somebody without the answer it waited for');
    const isLate = outcome.kind === 'failed' && outcome.error instanceof DeadlineError;
    assert.ok(!isLate, 'it heeded neither the signal nor a deadline of its own');
  });
}

/** RFC 7519 §4.1.4: "on or after which" it must not be accepted. */
function expiryCheck(expiring: ExpiringCredential, suite: Suite): Check {
  const { clock, what, headers, expiresAt, toleranceMilliseconds = 0 } = expiring;
  return suite.check(`expiring: ${what}: good until its end, and not on it`, async (backend) => {
    const end = expiresAt + toleranceMilliseconds;
    const before = clock.now();
    try {
      for (const [moment, isGood] of [
        [end - 1000, true],
        [end - 1, true],
        [end, false],
        [end + 1, false],
        [end + 365 * 86_400_000, false],
        // What has been refused as too late is not remembered as bad, nor what was good as good.
        [end - 1000, true],
        [end, false],
      ] as const) {
        clock.set(moment);
        const outcome = await present(backend, headers, suite.options);
        const isRefused = outcome.kind === 'rejected' || outcome.kind === 'not-applicable';
        const isRight = isGood ? outcome.kind === 'authenticated' : isRefused;
        assert.ok(isRight, `${moment - end} ms from its end it is ${tell(outcome)}`);
      }
    } finally {
      clock.set(before);
    }
  });
}

import assert from 'node:assert/strict';
import type { Check } from '../runner.js';
import { present, tell } from './present.js';
import type { Suite } from './suite.js';

/** For a backend that asks nobody: whatever a request carries, it is the same one's, and says so. */
export function everybodyChecks(suite: Suite, everybody: NonNullable<Suite['cases']['everybody']>): Check[] {
  return [
    suite.check(`everybody is ${everybody.subject}, whatever they carry`, async (backend) => {
      for (const headers of [{}, { Authorization: 'Bearer mallory' }, { 'X-API-Key': 'mallory', Cookie: 'a=b' }]) {
        const outcome = await present(backend, headers, suite.options);
        assert.equal(outcome.kind, 'authenticated', tell(outcome));
        if (outcome.kind !== 'authenticated') return;
        assert.equal(outcome.principal.subject, everybody.subject);
        assert.deepEqual([...outcome.principal.roles], [...(everybody.roles ?? [])]);
      }
    }),
    suite.check('a backend that asks nobody says so', async (backend) => {
      assert.notEqual(backend.describe?.() ?? '', '', 'the description is empty');
    }),
  ];
}

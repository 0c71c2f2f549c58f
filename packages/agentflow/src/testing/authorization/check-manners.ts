import assert from 'node:assert/strict';
import { isPrintable, whyNotReady } from '@agentflow/core';
import type { Check } from '../runner.js';
import type { Suite } from './suite.js';

/** What a backend says of itself, and how it ends. */
export function mannersChecks(suite: Suite): Check[] {
  const mustSpeak = suite.cases.allowsEverything === true;
  return [
    suite.check(
      mustSpeak ? 'it says that it allows everything' : 'its description is one line of text',
      async (backend) => {
        const description: unknown = backend.describe?.() ?? '';
        assert.equal(typeof description, 'string');
        assert.ok(isPrintable(String(description)), 'the description has a line break or a control character');
        if (mustSpeak) assert.notEqual(description, '', 'the description is empty');
      },
    ),
    suite.check('it says that it is ready', async (backend) => {
      const { deadlineMilliseconds = 5_000 } = suite.cases;
      const why = await whyNotReady({ name: 'the backend', backend, deadlineMilliseconds });
      assert.equal(why, undefined, `GET /ready would answer 503: ${why}`);
    }),
    suite.check('it can be closed twice', async (backend) => {
      await backend.close?.();
      await backend.close?.();
    }),
  ];
}

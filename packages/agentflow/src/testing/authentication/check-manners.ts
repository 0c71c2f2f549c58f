import assert from 'node:assert/strict';
import { isPrintable } from '@agentflow/core';
import { formatChallenge } from '@agentflow/protocol';
import type { Check } from '../runner.js';
import type { Suite } from './suite.js';

/** What a backend says of itself, and how it ends. */
export function mannersChecks(suite: Suite): Check[] {
  return [
    suite.check('its challenge can be written into a header, and stays the same', async (backend) => {
      const challenge = backend.challenge?.();
      if (challenge === undefined) return;
      const values: readonly unknown[] = [challenge.scheme, ...Object.values(challenge.parameters)];
      assert.ok(
        values.every((value) => typeof value === 'string'),
        'a challenge is {scheme: text, parameters: {name: text}}',
      );
      const header = formatChallenge(challenge);
      assert.equal(new Headers({ 'WWW-Authenticate': header }).get('www-authenticate'), header);
      assert.deepEqual(backend.challenge?.(), challenge, 'the second time');
    }),
    suite.check('its description is one line of text', async (backend) => {
      const description: unknown = backend.describe?.() ?? '';
      assert.equal(typeof description, 'string');
      assert.ok(isPrintable(String(description)), 'the description has a line break or a control character');
    }),
    suite.check('it can be closed twice', async (backend) => {
      await backend.close?.();
      await backend.close?.();
    }),
  ];
}

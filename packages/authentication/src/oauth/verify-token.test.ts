import { createPrincipal } from '@agentflow/core';
import { expect, test } from 'vitest';
import { maxRememberedCharacters } from './limits.js';
import type { Verdict } from './verdict.js';
import { createVerifier } from './verify-token.js';

/* Security bar 25: what is remembered is bounded, in number and in size. */

const rules = { cacheMilliseconds: 60_000, maxConnections: 1 };
const clock = { now: () => 0 };

function counting(verdictOf: (token: string) => Verdict) {
  const calls = new Map<string, number>();
  const verify = createVerifier(
    async (token) => {
      calls.set(token, (calls.get(token) ?? 0) + 1);
      return verdictOf(token);
    },
    rules,
    clock,
  );
  return { calls, verify };
}

test('a hundred thousand bad tokens push no good one out, and the oldest of them are forgotten', async () => {
  const principal = createPrincipal({ realm: 'test', subject: 'alice' });
  const { calls, verify } = counting((token) =>
    token === 'good' ? { kind: 'good', principal, evidence: {} } : { kind: 'bad', reason: 'unknown' },
  );
  await verify('good');
  for (let index = 0; index < 100_000; index += 1) await verify(`bad-${index}`);
  for (const token of ['good', 'bad-99999', 'bad-0']) await verify(token);
  expect([calls.get('good'), calls.get('bad-99999'), calls.get('bad-0')]).toEqual([1, 1, 2]);
});

test('good ones that say much of somebody are fewer', async () => {
  const claims = { much: 'x'.repeat(1024 * 1024) };
  const principal = createPrincipal({ realm: 'test', subject: 'alice', claims });
  const { calls, verify } = counting(() => ({ kind: 'good', principal, evidence: {} }));
  const many = maxRememberedCharacters / (1024 * 1024) + 10;
  for (let index = 0; index < many; index += 1) await verify(`token-${index}`);
  for (const token of [`token-${many - 1}`, 'token-0']) await verify(token);
  expect([calls.get(`token-${many - 1}`), calls.get('token-0')]).toEqual([1, 2]);
});

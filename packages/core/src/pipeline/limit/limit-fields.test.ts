import { parseList } from 'structured-headers';
import { expect, test } from 'vitest';
import { RateLimitedError } from '../../errors.js';
import { createPolicy } from '../../limits/limit-policy.js';
import type { LimitStanding } from './count-request.js';
import { limitFields, standingsOf } from './limit-fields.js';

const clock = { now: () => 1_800_000_000_500 };
const policy = (name: string, burst = 10) => createPolicy(name, { burst, amount: 60, perSeconds: 60 });
const standing = (name: string, remaining: number, allowed = true): LimitStanding => ({
  policy: policy(name),
  taken: { allowed, remaining, resetSeconds: 10 - remaining, retryAfterSeconds: allowed ? 0 : 1 },
});
const items = (text: string | undefined) =>
  parseList(text ?? '').map(([item, parameters]) => [item, Object.fromEntries(parameters)]);

test('each limit of the caller’s own is told, and the nearest in AgentFlow’s fields', () => {
  const fields = limitFields([standing('address', 1), standing('credential', 9), standing('account', 3)], clock);
  expect(items(fields['RateLimit-Policy'])).toEqual([
    ['credential', { q: 10, w: 10 }],
    ['account', { q: 10, w: 10 }],
  ]);
  expect(items(fields['RateLimit'])).toEqual([
    ['credential', { r: 9, t: 1 }],
    ['account', { r: 3, t: 7 }],
  ]);
  expect(fields).toMatchObject({
    'X-RateLimit-Limit': '10',
    'X-RateLimit-Remaining': '3',
    'X-RateLimit-Reset': '1800000008',
    'X-RateLimit-Reset-After': '7',
  });
});

test('what many share is told to whom there is nothing else to tell, and to whoever runs into it', () => {
  expect(items(limitFields([standing('address', 4)], clock)['RateLimit'])).toEqual([['address', { r: 4, t: 6 }]]);
  const violated = limitFields([standing('address', 0, false)], clock);
  expect(items(violated['RateLimit'])).toEqual([['address', { r: 0, t: 10 }]]);
  expect(limitFields([], clock)).toEqual({});
});

test('a limit of a handler’s own is told where it refuses', () => {
  const error = new RateLimitedError({ retryAfterSeconds: 60, violated: [policy('sign-in')] });
  const told = standingsOf({ limits: [standing('address', 8)], error });
  expect(items(limitFields(told, clock)['RateLimit'])).toEqual([['sign-in', { r: 0, t: 60 }]]);
  const exhausted = [standing('account', 0, false)];
  expect(standingsOf({ limits: exhausted, error })).toEqual(exhausted);
  expect(standingsOf({ limits: exhausted.slice(1), error: new Error('another') })).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { inspectedOf } from '../../../../../../test/harness/policies.js';
import { checkInvariants, readInvariants } from './invariants.js';

const policy = `p, admin, *, *
p, user, graph, *
p, guest, graph, invoke
g, user, guest
g, user:alice, admin
`;

async function check(text: string, ...given: readonly object[]) {
  const read = readInvariants(given);
  if ('faults' in read) throw new Error(read.faults.map(({ message }) => message).join('\n'));
  return checkInvariants(await inspectedOf(text), read.invariants);
}

test.each<[string, object]>([
  ['a role', { never: { who: 'guest', does: '*:delete' } }],
  ['a principal', { always: { who: 'user:alice', does: '*' } }],
  ['everybody but some', { never: { who: '*', but: ['admin'], does: 'policy:*' } }],
  ['a role and those who have it', { always: { who: 'user', does: 'graph:invoke' } }],
])('it holds for %s', async (_what, invariant) => {
  expect((await check(policy, invariant)).failed).toEqual([]);
});

test.each<[string, object, string, string, number]>([
  ['a role', { never: { who: 'user', does: 'graph:*' } }, 'somebody with the role user', 'graph:invoke', 6],
  ['everybody', { never: { who: '*', does: 'policy:write' } }, 'somebody with the role admin', 'policy:write', 2],
  ['a principal', { always: { who: 'user:bob', does: 'run:read' } }, 'user:bob', 'run:read', 1],
])('a counter-example for %s', async (_what, invariant, who, does, count) => {
  const { failed } = await check(policy, invariant);
  expect(failed).toMatchObject([{ index: 0, count, counter_example: { who, does } }]);
});

test('everybody is each name as a role and as a principal, and one that the policy does not name', async () => {
  const { askers, permissions, requests, failed } = await check(policy, { never: { who: '*', does: 'graph:read' } });
  // admin, user, guest, alice as a role and as a principal each, and a stranger.
  expect([askers, requests]).toEqual([9, 9 * permissions]);
  expect(failed[0]).toMatchObject({ count: 3 });
});

test('a bare name that is meant for a principal is found', async () => {
  const mistaken = 'p, *, run, read\np, mallory, *, *, deny\n';
  const { failed } = await check(mistaken, { never: { who: 'user:mallory', does: 'run:read' } });
  expect(failed[0]?.counter_example).toMatchObject({ who: 'user:mallory', decided_by: { place: 'policy.csv:1' } });
});

test('tenants are those that the policy names, and another', async () => {
  const text = 'p, user#acme|alice, run, read\np, user, run, read\n';
  const read = await check(text, { never: { who: '*', but: ['user'], does: 'run:read' } });
  expect([read.tenants, read.failed[0]?.counter_example.who]).toEqual([2, 'user#acme|alice']);
});

describe('faults are told with their place', () => {
  test.each<[string, unknown, readonly (string | number)[], RegExp]>([
    ['neither', [{}], [0], /either "never" or "always"/],
    ['both', [{ never: { who: 'a', does: '*' }, always: { who: 'a', does: '*' } }], [0], /either "never" or "always"/],
    ['no list', {}, [], /the file must be a list/],
    [
      'a permission that is none',
      [{ never: { who: 'a', does: 'graph:st*' } }],
      [0, 'never', 'does'],
      /the action "st\*"/,
    ],
    ['a key', [{ never: { who: 'a', dose: '*' } }], [0, 'never', 'does'], /is missing/],
  ])('%s', (_what, value, path, message) => {
    const read = readInvariants(value);
    expect('faults' in read && read.faults[0]).toMatchObject({ path, message: expect.stringMatching(message) });
  });
});

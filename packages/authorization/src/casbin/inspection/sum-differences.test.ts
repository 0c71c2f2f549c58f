import type { KeptDecision } from '@agentflow/core';
import { expect, test } from 'vitest';
import { sumDifferences } from './sum-differences.js';

const differed = (
  subject: string,
  change: string,
  candidate: string,
  more: Partial<KeptDecision> = {},
): KeptDecision => {
  const [live, then] = change === 'gain' ? ['deny', 'allow'] : ['allow', 'deny'];
  const who = { tenant: 'acme', realm: 'local', subject, roles: ['user'], actor: null };
  return {
    ...{ event: 'shadow-differed', route: 'invokeGraph', ...who, resource: 'graph', action: 'invoke' },
    ...{ resourceId: 'thread', code: null, reason: 'in words', policyId: null, count: 1 },
    detail: {
      ...{ change, many: false },
      live: { name: 'casbin', effect: live, policy_id: null, reason: 'now' },
      candidate: { name: candidate, effect: then, policy_id: `${candidate}:1`, reason: 'then' },
    },
    ...more,
  };
};

async function* of(...decisions: readonly KeptDecision[]) {
  yield* decisions;
}

const rows = () =>
  of(
    differed('alice', 'gain', 'one.csv'),
    differed('bob', 'loss', 'one.csv', { count: 3, resourceId: 'another' }),
    differed('bob', 'loss', 'one.csv'),
    differed('bob', 'loss', 'two.csv'),
    differed('bob', 'loss', 'one.csv', { resource: 'tool', action: 'use', resourceId: 'erase' }),
    differed('bob', 'loss', 'one.csv', { detail: { change: 'nothing' } }),
    differed('bob', 'loss', 'one.csv', { detail: null }),
  );

test('who gains and who loses, by which rules and how often', async () => {
  const report = await sumDifferences(rows(), undefined);
  expect(report).toMatchObject({ differences: 7, candidates: ['one.csv', 'two.csv'], gained: 1, lost: 6, other: 0 });
  expect(report.changes.map(({ kind, who, does, on, times }) => [kind, who, does, on, times])).toEqual([
    ['loss', expect.stringContaining('user#acme|bob'), 'graph:invoke', null, 4],
    ['gain', expect.stringContaining('user#acme|alice'), 'graph:invoke', null, 1],
    ['loss', expect.any(String), 'graph:invoke', null, 1],
    ['loss', expect.any(String), 'tool:use', 'erase', 1],
  ]);
  expect(report.changes[0]).toMatchObject({
    before: { effect: 'allow', policy_id: null, reason: 'now' },
    after: { effect: 'deny', policy_id: 'one.csv:1', reason: 'then' },
  });
});

test('of one candidate alone, where one is named', async () => {
  expect(await sumDifferences(rows(), 'two.csv')).toMatchObject({ differences: 1, lost: 1 });
  expect(await sumDifferences(rows(), 'three.csv')).toMatchObject({
    ...{ differences: 0, changes: [], candidates: ['one.csv', 'two.csv'] },
  });
});

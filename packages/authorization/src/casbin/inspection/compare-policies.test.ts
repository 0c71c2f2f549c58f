import { expect, test } from 'vitest';
import { inspectedOf } from '../../../../../test/harness/policies.js';
import { comparePolicies } from './compare-policies.js';

const policy = 'p, admin, *, *\np, guest, graph, invoke\ng, user:alice, admin\n';

const changes = async (one: string, other: string) => {
  const report = comparePolicies(await inspectedOf(one), await inspectedOf(other));
  return { ...report, changes: report.changes.map(({ kind, who, does }) => `${kind} ${who}: ${does.join(' ')}`) };
};

test('a policy is the same as itself, in whatever order and words', async () => {
  const other = 'g, user:alice, admin\np, guest, graph, invoke\np, admin, graph, read\np, admin, *, *\n';
  expect(await changes(policy, other)).toMatchObject({ changes: [], gained: 0, lost: 0 });
});

test('who gains and who loses', async () => {
  const other = 'p, admin, *, *\np, guest, graph, stream\np, guest, graph, read\ng, user:bob, admin\n';
  const { changes: found, gained, lost, permissions } = await changes(policy, other);
  expect(found).toEqual([
    'loss somebody with the role guest: graph:invoke',
    'gain somebody with the role guest: graph:stream',
    'gain somebody with the role guest: graph:read',
    expect.stringMatching(/^loss user:alice: graph:invoke .* executor:call$/),
    expect.stringMatching(/^gain user:bob: graph:invoke .* executor:call$/),
  ]);
  expect([gained, lost]).toEqual([2 + permissions, 1 + permissions]);
});

test('names that only the candidate knows, and whom neither knows', async () => {
  const { changes: found } = await changes(policy, `${policy}p, auditor, audit, read\np, *, run, read\n`);
  expect(found).toContain('gain somebody with the role auditor: audit:read');
  expect(found).toContain('gain somebody without a role: run:read');
});

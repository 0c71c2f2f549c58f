import type { KeptDecision } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { inspectedOf } from '../../../../../test/harness/policies.js';
import { builtInModel } from '../built-in-model.js';
import { replay } from './replay.js';

const kept = (subject: string, permission: string, more: Partial<KeptDecision> = {}): KeptDecision => {
  const [resource = '', action = ''] = permission.split(':');
  const who = { tenant: 'default', realm: 'local', subject, roles: [], actor: null };
  return {
    ...{ event: 'request', route: 'invokeGraph', ...who, resource, action, resourceId: null, code: null },
    ...{ reason: 'policy.csv:1 allows it', policyId: 'policy.csv:1', detail: null, count: 1 },
    ...more,
  };
};
const denied = { code: 'ACCESS_DENIED', reason: 'no rule of the policy allows it', policyId: null };

async function* of(...decisions: readonly KeptDecision[]) {
  yield* decisions;
}

const current = `p, admin, *, *
p, user, run, read
p, user:alice, graph, *
`;
const candidate = `p, admin, *, *
p, *, run, read
p, *, graph, stop, deny
p, user:alice, graph, *
`;
const both = async (model?: string) => ({
  current: await inspectedOf(current, model),
  candidate: await inspectedOf(candidate, model),
});

test('both policies are asked what was asked, by whom with their roles, as often as it was', async () => {
  const report = await replay(
    await both(),
    of(
      kept('alice', 'graph:stop', { count: 3 }),
      kept('bob', 'run:read', denied),
      kept('bob', 'run:read', { roles: ['user'] }),
      kept('carol', 'graph:stop', { roles: ['admin', 'user'] }),
      kept('bob', 'run:read', { ...denied, count: 6 }),
      kept('dan', 'graph:stop', { roles: ['user:alice', '*'], ...denied }),
    ),
  );
  const by = (effect: string, reason: string, policy_id: string | null = null) => ({ effect, policy_id, reason });
  const asked = { on: null, many: false };
  expect(report).toEqual({
    ...{ decisions: 13, replayed: 13, by_roles: 0, by_claims: 0, changed_since: 0, by_others: 0 },
    ...{ gained: 7, lost: 4, other: 0, open: [] },
    changes: [
      {
        ...{ kind: 'gain', who: 'user:bob', does: 'run:read', ...asked, times: 7 },
        before: by('deny', 'no rule of the policy allows it'),
        after: by('allow', 'policy.csv:2 allows it', 'policy.csv:2'),
      },
      {
        ...{ kind: 'loss', who: 'user:alice', does: 'graph:stop', ...asked, times: 3 },
        before: by('allow', 'policy.csv:3 allows it', 'policy.csv:3'),
        after: by('deny', 'policy.csv:3 denies it', 'policy.csv:3'),
      },
      {
        ...{ kind: 'loss', who: 'user:carol with the roles admin, user', does: 'graph:stop', ...asked, times: 1 },
        before: by('allow', 'policy.csv:1 allows it', 'policy.csv:1'),
        after: by('deny', 'policy.csv:3 denies it', 'policy.csv:3'),
      },
    ],
  });
});

test('what something else decided is counted apart, and so is what the policy decided when it was another', async () => {
  const report = await replay(
    await both(),
    of(
      kept('bob', 'run:read', { ...denied, reason: 'the scopes of the credential do not include it', count: 2 }),
      kept('bob', 'session:read', { reason: 'everybody may ask this about themselves', policyId: null }),
      kept('bob', 'graph:invoke'),
    ),
  );
  expect(report).toMatchObject({ decisions: 1, replayed: 1, by_others: 3, changed_since: 1, changes: [] });
});

describe('what was decided for somebody for whom another acts', () => {
  const of1 = (realm: string) => ({ actor: { realm, subject: 'alice', roles: ['user'] } });
  const replayed = async (...decisions: readonly KeptDecision[]) => replay(await both(), of(...decisions));
  const graph = 'policy.csv:3 allows it';

  test('is a decision about each, by whatever name the actor has', async () => {
    for (const [realm, name] of [
      ['local', 'alice'],
      ['https://a.test', 'alice of https://a.test'],
    ] as const) {
      const allowed = {
        ...of1(realm),
        policyId: 'policy.csv:1',
        reason: `policy.csv:1 allows it; the actor ${name}: ${graph}`,
      };
      const refused = { ...of1(realm), ...denied, reason: `the actor ${name} may not: ${denied.reason}` };
      const report = await replayed(
        kept('root', 'graph:stop', { ...allowed, roles: ['admin'], count: 2 }),
        kept('root', 'graph:stop', { ...refused, roles: ['admin'] }),
        kept('bob', 'graph:stop', { ...of1(realm), ...denied, roles: ['user'] }),
      );
      expect(report).toMatchObject({ decisions: 7, replayed: 7, by_others: 0, gained: 0 });
      // Where it may not there is nothing to lose.
      expect(report.lost).toBe(realm === 'local' ? 6 : 3);
    }
  });

  test('is none of this policy where the scopes or another backend refused', async () => {
    const other = (reason: string) => kept('root', 'graph:stop', { ...of1('local'), ...denied, reason });
    const report = await replayed(
      other('the scopes of the credential do not include it'),
      other('the actor alice may not: not on a Sunday'),
      other('the actor carol may not: no rule of the policy allows it'),
    );
    expect(report).toMatchObject({ decisions: 0, by_others: 3 });
  });
});

describe('without roles, as older versions recorded it', () => {
  test('what the candidate answers whatever they are is replayed', async () => {
    const roles = { roles: null };
    const report = await replay(
      await both(),
      of(
        kept('alice', 'graph:stop', roles),
        kept('bob', 'run:read', { ...roles, ...denied }),
        kept('bob', 'graph:invoke', { ...roles, count: 2 }),
      ),
    );
    expect(report).toMatchObject({ decisions: 4, replayed: 2, by_roles: 2, gained: 1, lost: 1 });
    expect(report.open).toEqual([
      { who: 'user:bob', does: 'graph:invoke', on: null, many: false, times: 2, depends_on: 'roles' },
    ]);
    expect(report.changes.map(({ before }) => before.reason).toSorted()).toEqual(['it was allowed', 'it was denied']);
  });
});

describe('a policy that asks for claims', () => {
  const model = `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, team
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act && (p.team == "*" || r.sub.team == p.team)
`;

  test('is asked where they change nothing, and what depends on them is named', async () => {
    const report = await replay(
      {
        current: await inspectedOf('p, user, run, read, *\np, clerk, run, read, red\n', model),
        candidate: await inspectedOf('p, admin, run, read, *\np, clerk, run, read, red\n', model),
      },
      of(
        kept('bob', 'run:read', { roles: ['user'] }),
        kept('carol', 'run:read', { roles: ['clerk'], count: 5 }),
        kept('dan', 'run:read', denied),
      ),
    );
    expect(report).toMatchObject({ decisions: 7, replayed: 2, by_claims: 5, lost: 1 });
    expect(report.open).toMatchObject([{ who: 'user:carol with the role clerk', times: 5, depends_on: 'claims' }]);
  });

  test('is not held against anything where roles are unknown too', async () => {
    const asking = builtInModel.replace('m = ', 'm = r.sub.team == "red" && ');
    const report = await replay(await both(asking), of(kept('bob', 'run:read', { roles: null })));
    expect(report).toMatchObject({ decisions: 1, replayed: 0, by_claims: 1 });
  });
});

describe('a policy that knows ids', () => {
  const model = `[request_definition]
r = sub, obj, act, id
[policy_definition]
p = sub, obj, act, id
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act && (p.id == "*" || keyMatch(r.id, p.id))
`;
  const policies = async () => ({
    current: await inspectedOf('p, user:alice, threads, read, team-*\np, user:bob, threads, read, *\n', model),
    candidate: await inspectedOf('p, user:alice, threads, read, *\np, user:bob, threads, read, a\n', model),
  });
  const list = { route: 'listThreads', policyId: null, reason: 'policy.csv allows some of them' };

  test('is asked about lists as about lists: by what is in them', async () => {
    const report = await replay(
      await policies(),
      of(
        kept('alice', 'checkpointer:read', list),
        kept('alice', 'checkpointer:read', { ...list, count: 2 }),
        kept('bob', 'checkpointer:read', { ...list, reason: 'policy.csv allows all of them' }),
        kept('carol', 'checkpointer:read', { ...list, ...denied, reason: 'no rule of the policy allows any of them' }),
      ),
    );
    expect(report).toMatchObject({ decisions: 5, replayed: 5, gained: 3, lost: 1, changed_since: 0 });
    expect(report.changes.map(({ kind, who, many, times }) => [kind, who, many, times])).toEqual([
      ['gain', 'user:alice', true, 3],
      ['loss', 'user:bob', true, 1],
    ]);
  });

  test('is asked about one of them by its id, and a use of a tool is about one', async () => {
    const one = { route: 'readThread', resourceId: 'team-1' };
    const report = await replay(
      await policies(),
      of(
        kept('alice', 'checkpointer:read', one),
        kept('bob', 'checkpointer:read', { ...one, policyId: 'policy.csv:2' }),
        kept('alice', 'tool:use', { event: 'use-refused', route: 'listThreads', resourceId: 'look', ...denied }),
      ),
    );
    expect(report).toMatchObject({ decisions: 3, replayed: 3, gained: 0, lost: 1 });
    expect(report.changes).toMatchObject([{ who: 'user:bob', on: 'team-1', many: false }]);
  });
});

test('somebody of another issuer or tenant is somebody else', async () => {
  const report = await replay(
    await both(),
    of(kept('alice', 'graph:stop', { ...denied, tenant: 'acme', realm: 'https://issuer.example', roles: ['admin'] })),
  );
  expect(report.changes.map(({ kind, who }) => [kind, who])).toEqual([
    ['loss', 'user@https://issuer.example#acme|alice with the role admin'],
  ]);
  expect(report.changed_since).toBe(1);
});

import { expect, test } from 'vitest';
import { inspectedOf } from '../../../../../test/harness/policies.js';
import { builtInModel } from '../built-in-model.js';
import { type RecordedDecision, replay } from './replay.js';

const asked = (subject: string, permission: string, effect: 'allow' | 'deny'): RecordedDecision => {
  const [resource = '', action = ''] = permission.split(':');
  return { tenant: 'default', realm: 'local', subject, resource, action, id: undefined, effect };
};

const candidate = `p, admin, *, *
p, *, run, read
p, *, graph, stop, deny
p, user:alice, graph, invoke
`;

test('what the candidate answers whatever the roles are is replayed, and counted', async () => {
  const report = replay(await inspectedOf(candidate), [
    asked('alice', 'graph:stop', 'allow'),
    asked('alice', 'graph:stop', 'allow'),
    asked('bob', 'run:read', 'deny'),
    asked('bob', 'run:read', 'deny'),
    asked('bob', 'run:read', 'deny'),
    asked('alice', 'graph:invoke', 'allow'),
  ]);
  expect(report).toEqual({
    ...{ decisions: 6, replayed: 6, by_roles: 0, by_claims: 0, gained: 3, lost: 2 },
    changes: [
      { kind: 'gain', who: 'user:bob', does: 'run:read', on: null, times: 3 },
      { kind: 'loss', who: 'user:alice', does: 'graph:stop', on: null, times: 2 },
    ],
  });
});

test('what depends on roles is not: they are not recorded', async () => {
  const report = replay(await inspectedOf(candidate), [
    asked('bob', 'graph:invoke', 'allow'),
    asked('bob', 'graph:invoke', 'deny'),
    asked('alice', 'policy:write', 'allow'),
  ]);
  expect(report).toMatchObject({ decisions: 3, replayed: 0, by_roles: 3, changes: [] });
});

test('nor what may depend on claims', async () => {
  const model = builtInModel.replace('m = ', 'm = r.sub.team == "red" && ');
  const report = replay(await inspectedOf(candidate, model), [asked('bob', 'run:read', 'allow')]);
  expect(report).toMatchObject({ decisions: 1, replayed: 0, by_claims: 1 });
});

test('somebody of another issuer or tenant is somebody else', async () => {
  const decision = asked('alice', 'graph:invoke', 'allow');
  const inspected = await inspectedOf('p, user:alice, graph, invoke\np, *, graph, invoke, deny\n');
  const report = replay(inspected, [{ ...decision, tenant: 'acme', realm: 'https://issuer.example' }]);
  expect(report.changes.map(({ kind, who }) => [kind, who])).toEqual([
    ['loss', 'user@https://issuer.example#acme|alice'],
  ]);
});

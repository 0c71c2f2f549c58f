import { expect, test } from 'vitest';
import { inspectedOf } from '../../../../../test/harness/policies.js';
import { whoCan } from './index.js';

const names = (list: readonly { readonly name: string; readonly kind: string }[]) =>
  list.map(({ name, kind }) => `${kind} ${name}`);

test('roles and principals that may, each with the rule', async () => {
  const inspected = await inspectedOf(`p, viewer, threads, read
p, user:bob, threads, *
p, blocked, threads, *, deny
g, editor, viewer
g, user:alice, editor
g, user:bob, blocked
`);
  const report = whoCan(inspected, { permission: 'checkpointer:read' });
  expect([report.is_open, report.everybody, report.except]).toEqual([false, null, []]);
  expect(names(report.may)).toEqual(['role editor', 'role viewer', 'principal user:alice']);
  expect(report.may.at(-1)?.decided_by).toMatchObject({
    place: 'policy.csv:1',
    through: [
      [
        { member: 'user:alice', role: 'editor', by: 'policy.csv:5' },
        { member: 'editor', role: 'viewer', by: 'policy.csv:4' },
      ],
    ],
  });
});

test('where everybody may, who may not', async () => {
  const inspected = await inspectedOf('p, *, run, read\np, blocked, *, *, deny\ng, user:bob, blocked\n');
  const report = whoCan(inspected, { permission: 'run:read' });
  expect([report.is_open, report.everybody?.place, report.may]).toEqual([true, 'policy.csv:1', []]);
  expect(names(report.except)).toEqual(['role blocked', 'principal user:bob']);
});

test('principals of other issuers and tenants are asked as who they are', async () => {
  const inspected = await inspectedOf(`p, user@https://issuer.example|alice, run, read
p, user#acme|alice, run, read
p, user#nobody, run, read
`);
  const report = whoCan(inspected, { permission: 'run:read' });
  expect(names(report.may)).toEqual(['principal user#acme|alice', 'principal user@https://issuer.example|alice']);
  expect(report.nobody).toEqual(['user#nobody']);
});

test('whom the policy does not name is not somebody whom it names', async () => {
  const inspected = await inspectedOf('p, user:somebody, run, read\np, user:somebody-2, run, read\n');
  expect(inspected.names.stranger).toBe('somebody-3');
  expect(whoCan(inspected, { permission: 'run:read' }).is_open).toBe(false);
});

const tenantModel = `[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`;

test('in a tenant, where the model has them', async () => {
  const policy = 'p, admin, acme, run, read\ng, user:alice, admin, acme\ng, user:bob, admin, umbrella\n';
  const inspected = await inspectedOf(policy, tenantModel);
  expect(inspected.names).toMatchObject({ tenants: ['acme', 'umbrella'], asksTenant: true });
  const inAcme = whoCan(inspected, { permission: 'run:read', tenant: 'acme' });
  expect(names(inAcme.may)).toEqual(['role admin', 'principal user:alice']);
  expect(inAcme.may.at(-1)?.decided_by?.through[0]?.[0]?.by).toBe('policy.csv:2');
  expect(whoCan(inspected, { permission: 'run:read', tenant: 'umbrella' }).may).toEqual([]);
});

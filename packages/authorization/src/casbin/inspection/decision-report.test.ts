import { describe, expect, test } from 'vitest';
import { casbinOf, decisionOf, inspectedOf, somebody } from '../../../../../test/harness/policies.js';
import { createAsker, reportDecision, whyLines, writeDecision } from './index.js';

const policy = `p, viewer, threads, read
p, admin, *, *
p, guest, graph, invoke
p, suspended, *, *, deny
g, editor, viewer
g, user:alice, editor
`;

async function explained(text: string, fields: Parameters<typeof createAsker>[1], permission: string, model?: string) {
  const inspected = await inspectedOf(text, model);
  return reportDecision(inspected, { asker: createAsker(inspected, fields), permission });
}

describe('who decided, and how they come to it', () => {
  test('through the lines of the policy', async () => {
    const report = await explained(policy, { subject: 'alice' }, 'checkpointer:read');
    expect(writeDecision(report)).toEqual([
      'allow  user:alice may checkpointer:read',
      '',
      '  decided by  policy.csv:1  p, viewer, threads, read',
      '  through     user:alice → editor (policy.csv:6) → viewer (policy.csv:5)',
    ]);
  });

  test('through a role of the credential, also of somebody whom the policy does not name', async () => {
    const named = await explained(policy, { subject: 'bob', roles: ['editor'] }, 'checkpointer:read');
    expect(named.decided_by?.through).toEqual([
      [
        { member: 'user:bob', role: 'editor', by: 'credential' },
        { member: 'editor', role: 'viewer', by: 'policy.csv:5' },
      ],
    ]);
    const stranger = await explained(policy, { roles: ['admin'] }, 'checkpointer:read');
    expect(stranger.who).toBe('somebody with the role admin');
    expect(stranger.decided_by?.through).toEqual([[{ member: 'somebody', role: 'admin', by: 'credential' }]]);
  });

  test('a denial, with what would have allowed it', async () => {
    const report = await explained(policy, { subject: 'bob', roles: ['suspended', 'admin'] }, 'store:read');
    expect(whyLines(report)).toEqual([
      'decided by  policy.csv:4  p, suspended, *, *, deny',
      'through     user:bob → suspended (credential)',
      'also        policy.csv:2  p, admin, *, *  would allow it, through user:bob → admin (credential)',
    ]);
    expect(report.missing).toEqual([]);
  });

  test('it is what the backend decides, by the same rule', async () => {
    const inspected = await inspectedOf(policy);
    const backend = await casbinOf(policy);
    for (const roles of [[], ['admin'], ['guest'], ['suspended', 'admin'], ['editor']]) {
      for (const permission of ['graph:invoke', 'checkpointer:read', 'policy:write']) {
        const asker = createAsker(inspected, { subject: 'bob', roles });
        const { effect, decided_by } = reportDecision(inspected, { asker, permission });
        const decision = decisionOf(backend, somebody('bob', roles), permission);
        expect([effect, decided_by?.place]).toEqual([decision.effect, decision.policyId]);
      }
    }
  });
});

describe('what is missing', () => {
  test('the nearest rules, those about who somebody is first', async () => {
    const report = await explained(policy, { subject: 'gina', roles: ['guest'] }, 'graph:stream');
    expect(report.missing.map(({ place, needs }) => [place, needs])).toEqual([
      ['policy.csv:2', 'needs the role admin'],
      ['policy.csv:3', 'is for the action invoke'],
    ]);
    expect(whyLines(report)[0]).toBe('decided by  no rule allows it');
  });

  test('of many, the first are told, and how many there are', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `p, role-${index}, graph, invoke`).join('\n');
    const report = await explained(many, {}, 'graph:invoke');
    expect([report.missing.length, report.missing_count]).toEqual([20, 30]);
    expect(whyLines(report).at(-1)).toContain('… and 25 more');
  });

  const model = (matcher: string) => `[request_definition]
r = sub, obj, act, id
[policy_definition]
p = sub, obj, act, more
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = ${matcher}
`;
  const usual = 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act';

  test.each<[string, string, string, string]>([
    ['a principal', `${usual} && (g2(r.id, "x") || p.more == p.more)`, 'p, user:bob, run, read, x', 'is for user:bob'],
    ['a group', `${usual} && g2(r.id, p.more)`, 'p, user:alice, run, read, all', 'is for what is in the group all'],
    [
      'a claim that is not there',
      `${usual} && r.sub.team == p.more && (g2(r.id, "x") || r.act == p.act)`,
      'p, user:alice, run, read, red',
      'needs that r.sub.team == "red", which is not known: a claim is missing',
    ],
    [
      'a condition',
      `${usual} && eval(p.more) && (g2(r.id, "x") || r.act == p.act)`,
      'p, user:alice, run, read, r.sub.sub == "bob"',
      'needs that r.sub.sub == "bob"',
    ],
    [
      'a pattern',
      `g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && r.act == p.act && (g2(r.id, "x") || p.more == p.more)`,
      'p, user:alice, gra*, read, x',
      'is for the resource gra* (keyMatch)',
    ],
  ])('%s', async (_what, matcher, text, expected) => {
    const report = await explained(text, { subject: 'alice' }, 'run:read', model(matcher));
    expect(report.missing.map(({ needs }) => needs)).toEqual([expected]);
  });
});

import { describe, expect, test } from 'vitest';
import { buildPolicy, changePolicy, type Policy, type PolicyLine, readModel } from './index.js';

const model = readModel(`[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`);

const rule = (...values: string[]): PolicyLine => ({ key: 'p', values });
const link = (...values: string[]): PolicyLine => ({ key: 'g', values });
const isAllowed = (policy: Policy, ...request: string[]) => policy.decide(request).effect === 'allow';

const editor = rule('editor', 'data', 'write');
const alice = link('alice', 'editor');

describe('a change', () => {
  test('makes another policy; whoever kept the old one sees nothing of it', async () => {
    const before = await buildPolicy(model, [editor]);
    const after = changePolicy(before, { add: [alice, rule('editor', 'data', 'read')] });
    const taken = changePolicy(after, { remove: [editor] });
    const ask = (policy: Policy) => ['read', 'write'].map((action) => isAllowed(policy, 'alice', 'data', action));
    expect([before, after, taken, changePolicy(taken, { remove: [alice] })].map(ask)).toEqual([
      ...[
        [false, false],
        [true, true],
        [true, false],
        [false, false],
      ],
    ]);
    expect([before, after, taken].map(ask)).toEqual([
      [false, false],
      [true, true],
      [true, false],
    ]);
    expect([before.size, after.size, taken.size, after.linkCount, before.linkCount]).toEqual([1, 2, 1, 1, 0]);
  });

  test('of what is there, or is not there, is none', async () => {
    const policy = await buildPolicy(model, [editor, alice]);
    expect(changePolicy(policy, { add: [editor, alice] })).toBe(policy);
    expect(changePolicy(policy, { remove: [rule('nobody', 'data', 'read'), link('bob', 'editor')] })).toBe(policy);
    expect(changePolicy(policy, {})).toBe(policy);
  });

  test('with a fault is none at all, and tells all its faults', async () => {
    const policy = await buildPolicy(model, [editor, alice]);
    const add = [
      rule('bob', 'data', 'write'),
      rule('bob', 'data'),
      link('editor', 'alice'),
      { key: 'x', values: ['a'] },
    ];
    expect(() => changePolicy(policy, { add })).toThrow(
      /has 2 fields[\s\S]*in a circle: alice → editor → alice[\s\S]*no section "x"/,
    );
    expect(isAllowed(policy, 'bob', 'data', 'write')).toBe(false);
  });

  test('takes a rule out and puts it in again, as often as one likes', async () => {
    let policy = await buildPolicy(model, [alice]);
    for (let round = 0; round < 600; round += 1) {
      policy = changePolicy(policy, { add: [editor] });
      expect([isAllowed(policy, 'alice', 'data', 'write'), policy.size]).toEqual([true, 1]);
      policy = changePolicy(policy, { remove: [editor] });
      expect([isAllowed(policy, 'alice', 'data', 'write'), policy.size]).toEqual([false, 0]);
    }
  });

  test('after a thousand others finds each of them', async () => {
    let policy = await buildPolicy(model, []);
    const rules = Array.from({ length: 1_000 }, (_, index) => rule(`user${index % 50}`, `data${index}`, 'read'));
    for (const one of rules) policy = changePolicy(policy, { add: [one] });
    expect(policy.size).toBe(1_000);
    expect(rules.filter(({ values }) => !isAllowed(policy, ...values))).toEqual([]);
    expect(isAllowed(policy, 'user1', 'data2', 'read')).toBe(false);
    for (const one of rules.filter((_one, index) => index % 3 === 0)) policy = changePolicy(policy, { remove: [one] });
    expect(rules.map(({ values }) => isAllowed(policy, ...values))).toEqual(
      rules.map((_one, index) => index % 3 !== 0),
    );
  });
});

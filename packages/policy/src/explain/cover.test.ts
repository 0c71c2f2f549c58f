import { describe, expect, test } from 'vitest';
import { policyShapes } from '../../../../test/harness/policy-shapes.js';
import { createRandom } from '../../../../test/harness/random.js';
import { buildPolicy, compareRules, createExplainer, type PolicyLine, readModel } from '../index.js';

const samples = ['read', 'write', 'delete'].map((act) => ({ act }));

describe.each(policyShapes.map((shape, index) => ({ name: shape.name, shape, seed: 2_000 + index })))(
  '$name',
  ({ shape, seed }) => {
    test('a rule that covers another matches whatever that does', async () => {
      const random = createRandom(seed);
      for (let count = 0; count < 6; count += 1) {
        const lines: PolicyLine[] = [...(shape.always ?? [])];
        for (let size = 40; size > 0; size -= 1) {
          lines.push(shape.link !== undefined && random(6) === 0 ? shape.link(random) : shape.rule(random));
        }
        const policy = await buildPolicy(readModel(shape.model), lines);
        const comparisons = [compareRules(policy, []), compareRules(policy, samples)];
        const rules = [...policy.rules()];
        const { explain } = createExplainer(policy);
        for (let index = 0; index < 40; index += 1) {
          const certain = explain(shape.request(random)).matches.filter(({ isCertain }) => isCertain);
          const matching = new Set(certain.map(({ rule }) => rule));
          for (const special of matching) {
            for (const general of rules) {
              if (matching.has(general)) continue;
              for (const { covers } of comparisons) expect(covers(general, special)).toBe(false);
            }
          }
        }
      }
    });
  },
);

const model = `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = (p.sub == "*" || g(r.sub, p.sub)) && (p.obj == "*" || r.obj == p.obj) && (p.act == "*" || keyMatch(r.act, p.act))
`;

test.each<[string, readonly string[], readonly string[], boolean]>([
  ['everybody and one', ['*', 'a', 'read'], ['viewer', 'a', 'read'], true],
  ['one and everybody', ['viewer', 'a', 'read'], ['*', 'a', 'read'], false],
  ['a role and those who have it', ['viewer', 'a', 'read'], ['editor', 'a', 'read'], true],
  ['those who have it and the role', ['editor', 'a', 'read'], ['viewer', 'a', 'read'], false],
  ['all and one of the samples', ['viewer', 'a', 'write'], ['viewer', 'a', 'w*'], true],
  ['one and all that there are', ['viewer', '*', 'read'], ['viewer', 'a', '*'], false],
  ['the same in other words', ['viewer', 'a', '*'], ['viewer', 'a', 'r*'], true],
])('%s', async (_what, general, special, expected) => {
  const lines = [general, special].map((values): PolicyLine => ({ key: 'p', values }));
  const policy = await buildPolicy(readModel(model), [...lines, { key: 'g', values: ['editor', 'viewer'] }]);
  const [one, other] = [...policy.rules()];
  if (one === undefined || other === undefined) throw new Error('there are two rules');
  const { covers } = compareRules(policy, [
    { obj: 'a', act: 'read' },
    { obj: 'a', act: 'write' },
  ]);
  expect(covers(one, other)).toBe(expected);
});

test('which comes first is what decides first', async () => {
  const text = model
    .replace('p = sub', 'p = priority, sub')
    .replace(/e = .*/, 'e = priority(p.eft) || deny')
    .replace('keyMatch', 'keyMatch');
  const lines = ['2', '1'].map((priority): PolicyLine => ({ key: 'p', values: [priority, 'a', 'b', 'c', 'allow'] }));
  const policy = await buildPolicy(readModel(text), lines);
  const [later, sooner] = [...policy.rules()];
  if (later === undefined || sooner === undefined) throw new Error('there are two rules');
  const { precedes } = compareRules(policy, []);
  expect([precedes(sooner, later), precedes(later, sooner)]).toEqual([true, false]);
});

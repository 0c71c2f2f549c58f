import { describe, expect, test } from 'vitest';
import { type PolicyShape, policyShapes } from '../../../../test/harness/policy-shapes.js';
import { createRandom, type Random } from '../../../../test/harness/random.js';
import { buildPolicy, changePolicy, createExplainer, type PolicyLine, readModel, writeExpression } from '../index.js';
import { createMerge } from '../merge.js';

/* An explanation is worth nothing where it tells of another decision than the one that is made. */

async function randomPolicy(random: Random, shape: PolicyShape) {
  const lines: PolicyLine[] = [...(shape.always ?? [])];
  for (let count = 12 + random(48); count > 0; count -= 1) {
    lines.push(shape.link !== undefined && random(3) === 0 ? shape.link(random) : shape.rule(random));
  }
  const built = await buildPolicy(readModel(shape.model), lines);
  const gone = lines.filter((line) => random(8) === 0 && shape.always?.includes(line) !== true);
  return changePolicy(built, { remove: gone, add: [shape.rule(random)] });
}

describe.each(policyShapes.map((shape, index) => ({ name: shape.name, shape, seed: index + 1 })))(
  '$name',
  ({ shape, seed }) => {
    test('what matches is what decides, and what is near does not match', async () => {
      const random = createRandom(seed);
      let matched = 0;
      for (let count = 0; count < 16; count += 1) {
        const policy = await randomPolicy(random, shape);
        const { explain, matchOf } = createExplainer(policy);
        for (let index = 0; index < 25; index += 1) {
          const request = shape.request(random);
          const { outcome, matches, nearMisses } = explain(request);
          expect(outcome).toEqual(policy.decide(request));
          const merge = createMerge(policy.model, policy.parts.graphs);
          for (const { rule } of matches) merge.add(rule);
          expect(merge.outcome().effect).toBe(outcome.effect);
          if (outcome.rule !== undefined) expect(matches.map(({ rule }) => rule)).toContain(outcome.rule);
          const rules = new Set(matches.map(({ rule }) => rule));
          expect(nearMisses.filter(({ rule }) => rules.has(rule))).toEqual([]);
          for (const match of matches) expect(matchOf(request, match.rule)).toEqual(match);
          matched += matches.length;
        }
      }
      expect(matched).toBeGreaterThanOrEqual(10);
    });

    test('each chain of roles is made of links that are there', async () => {
      const random = createRandom(500 + seed);
      for (let count = 0; count < 6; count += 1) {
        const policy = await randomPolicy(random, shape);
        const { explain } = createExplainer(policy);
        for (let index = 0; index < 25; index += 1) {
          for (const { chains } of explain(shape.request(random)).matches) {
            for (const { link, domain, steps } of chains) {
              const graph = policy.parts.graphs[policy.parts.compiled.links.indexOf(link)];
              for (const { member, role } of steps) expect(graph?.has({ member, role, domain })).toBe(true);
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
m = (p.sub == "*" || g(r.sub, p.sub)) && r.obj == p.obj && (p.act == "*" || r.act == p.act)
`;

const p = (...values: string[]): PolicyLine => ({ key: 'p', values });
const g = (...values: string[]): PolicyLine => ({ key: 'g', values });

async function explainerOf(...lines: PolicyLine[]) {
  return createExplainer(await buildPolicy(readModel(model), lines)).explain;
}

describe('a chain of roles', () => {
  const lines = [p('viewer', 'data', 'read'), g('editor', 'viewer'), g('alice', 'editor')];

  test('goes from whoever asks to the role of the rule', async () => {
    const explain = await explainerOf(...lines);
    const [match] = explain(['alice', 'data', 'read']).matches;
    expect(match?.chains).toEqual([
      {
        ...{ link: 'g', domain: undefined, member: 'alice' },
        steps: [
          { member: 'alice', role: 'editor', by: 'link' },
          { member: 'editor', role: 'viewer', by: 'link' },
        ],
      },
    ]);
  });

  test('may begin with a role that the credential carries', async () => {
    const explain = await explainerOf(...lines);
    const [match] = explain([{ name: 'bob', roles: ['other', 'editor'] }, 'data', 'read']).matches;
    expect(match?.chains[0]?.steps).toEqual([
      { member: 'bob', role: 'editor', by: 'credential' },
      { member: 'editor', role: 'viewer', by: 'link' },
    ]);
  });

  test('has no step where the rule names whoever asks, and is none where it names everybody', async () => {
    const explain = await explainerOf(p('alice', 'data', 'read'), p('*', 'data', 'read'));
    const { matches } = explain(['alice', 'data', 'read']);
    expect(matches.map(({ chains }) => chains.map(({ steps }) => steps.length))).toEqual([[0], []]);
  });
});

test('what is near is what one part alone keeps from matching, and which part that is', async () => {
  const explain = await explainerOf(p('admin', 'data', '*'), p('viewer', 'data', 'write'), p('bob', 'files', 'read'));
  const { outcome, nearMisses } = explain(['bob', 'data', 'read']);
  expect(outcome.effect).toBe('deny');
  const read = readModel(model);
  expect(nearMisses.map(({ rule, part }) => [rule.position, writeExpression(part, read, rule.values)])).toEqual([
    [0, '"admin" == "*" || g(r.sub, "admin")'],
    [2, 'r.obj == "files"'],
  ]);
});

test('a denial that is not known not to match counts, and an allowance that is not known does not', async () => {
  const text = model.replace('r.obj == p.obj', 'r.sub.team == p.obj');
  const policy = await buildPolicy(readModel(text), [p('*', 'red', '*'), p('*', 'red', '*', 'deny')]);
  const { outcome, matches, nearMisses } = createExplainer(policy).explain([{ name: 'bob' }, 'data', 'read']);
  expect(outcome).toEqual(policy.decide([{ name: 'bob' }, 'data', 'read']));
  expect(matches.map(({ rule, isCertain }) => [rule.effect, isCertain])).toEqual([['deny', false]]);
  expect(nearMisses.map(({ rule, isKnown }) => [rule.effect, isKnown])).toEqual([['allow', false]]);
});

test.each([
  'g(r.sub, p.sub) && r.obj == p.obj && (p.act == "*" || r.act == p.act)',
  '!(r.sub.name in ("a", "b")) || r.sub.level >= 3 && keyMatch2(r.obj, p.obj)',
  'eval(p.eft) && keyGet2(r.obj, p.obj, "id") != "b"',
])('%s is written as it was read', (matcher) => {
  const text = model.replace(/m = .*/, `m = ${matcher}`);
  const read = readModel(text);
  expect(writeExpression(read.matcher, read)).toBe(matcher);
});

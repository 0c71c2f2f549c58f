import { afterAll, describe, expect, test } from 'vitest';
import { createCasbinOracle } from '../../../test/harness/casbin-oracle.js';
import { createRandom, type Random } from '../../../test/harness/random.js';
import { buildPolicy, changePolicy, type PolicyLine, readModel } from './index.js';

/* Matchers that nobody has thought of: random expressions, over enough rules that every index is deep, beside casbin. */

const subjects = ['alice', 'bob', 'root', 'viewer', 'editor', 'admin'];
const objects = ['data', 'data1', 'data2', 'da*', 'data*', '*', 'x', 'read'];
const actions = ['read', 'write', '*', 'data'];
const effects = [
  'some(where (p.eft == allow))',
  '!some(where (p.eft == deny))',
  'some(where (p.eft == allow)) && !some(where (p.eft == deny))',
  'priority(p.eft) || deny',
];

const terms = [
  ...['g(r.sub, p.sub)', 'g(r.sub, p.sub)', 'g2(r.obj, p.obj)', 'g(p.sub, r.sub)', 'g(r.sub, "admin")'],
  ...['r.sub == p.sub', 'r.obj == p.obj', 'r.act == p.act', 'p.obj == r.act', 'r.obj == p.act', 'p.sub == p.obj'],
  ...['r.obj != p.obj', 'r.act != "read"', 'p.act != "write"', 'r.sub < p.sub', 'r.sub >= p.sub'],
  ...['keyMatch(r.obj, p.obj)', 'keyMatch(r.act, p.obj)', 'keyMatch(r.obj, p.act)', 'keyMatch(r.obj, "data*")'],
  ...['p.obj == "*"', 'p.act == "*"', 'p.sub == "admin"', 'r.sub == "root"', 'r.act == "read"'],
];

function randomExpression(random: Random, depth: number): string {
  const kind = random(depth === 0 ? 2 : depth > 3 ? 6 : 4);
  const below = () => randomExpression(random, depth + 1);
  if (kind === 0) return `(${below()} && ${below()})`;
  if (kind === 1) return depth === 0 ? `${below()} && ${below()} || ${below()}` : `(${below()} || ${below()})`;
  return random(8) === 0 ? `!(${random.pick(terms)})` : random.pick(terms);
}

const rule = (random: Random): PolicyLine => ({
  key: 'p',
  values: [random.pick(subjects), random.pick(objects), random.pick(actions), random.pick(['allow', 'allow', 'deny'])],
});

/** To a name that stands later: no circles. */
function link(random: Random, key: 'g' | 'g2'): PolicyLine {
  const names = key === 'g' ? subjects : objects;
  const above = 1 + random(names.length - 1);
  return { key, values: [names[random(above)] ?? '', names[above] ?? ''] };
}

const keyOf = ({ key, values }: PolicyLine) => [key, ...values].join(' ');
const distinct = (lines: readonly PolicyLine[]) => [...new Map(lines.map((line) => [keyOf(line), line])).values()];

const counts = { asked: 0, allow: 0, deny: 0 };

describe.each(Array.from({ length: 24 }, (_, index) => index + 1))('seed %i', (seed) => {
  test('decides as casbin does, whatever the matcher', async () => {
    const random = createRandom(seed);
    for (let round = 0; round < 25; round += 1) {
      const matcher = randomExpression(random, 0);
      const text = `[request_definition]\nr = sub, obj, act\n[policy_definition]\np = sub, obj, act, eft\n[role_definition]\ng = _, _\ng2 = _, _\n[policy_effect]\ne = ${random.pick(effects)}\n[matchers]\nm = ${matcher}\n`;
      const casbin = await createCasbinOracle(text);
      const links = [...Array.from({ length: 4 }, () => link(random, 'g')), link(random, 'g2'), link(random, 'g2')];
      const all = distinct([...links, ...Array.from({ length: 60 }, () => rule(random))]);
      // Some of them come later, and some go.
      const [first, later] = [all.filter((_one, index) => index % 4 > 0), all.filter((_one, index) => index % 4 === 0)];
      const gone = first.filter(({ key }) => key === 'p' && random(5) === 0);
      const built = await buildPolicy(readModel(text), first);
      const policy = changePolicy(changePolicy(built, { add: later }), { remove: gone });
      await casbin.load([...first.filter((line) => !gone.includes(line)), ...later]);
      for (let asking = 0; asking < 40; asking += 1) {
        const request = [random.pick([...subjects, 'nobody']), random.pick(objects), random.pick(actions)];
        const expected = casbin.isAllowed(request) ? 'allow' : 'deny';
        const { effect } = policy.decide(request);
        if (effect !== expected) {
          expect({ matcher, request, effect, rules: [...policy.rules()] }).toMatchObject({ effect: expected });
        }
        counts[effect] += 1;
        counts.asked += 1;
      }
    }
  });
});

afterAll(() => {
  expect(counts.asked).toBe(24_000);
  expect(Math.min(counts.allow, counts.deny)).toBeGreaterThan(4_000);
});

import { expect, test } from 'vitest';
import { createRandom } from '../../../../test/harness/random.js';
import { buildPolicy, knownEffect, type PolicyLine, readModel } from '../index.js';

const modelWith = (effect: string) => `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, team, eft
[role_definition]
g = _, _
[policy_effect]
e = ${effect}
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && (p.team == "*" || r.sub.team == p.team || r.sub.level >= 3)
`;

const effects = [
  'some(where (p.eft == allow))',
  'some(where (p.eft == allow)) && !some(where (p.eft == deny))',
  'priority(p.eft) || deny',
  'subjectPriority(p.eft) || deny',
];

const teams = ['red', 'blue', undefined];
const levels = [1, 4, undefined];

test.each(effects.map((effect, index) => ({ effect, seed: 7_000 + index })))(
  '$effect: what is known is answered with whatever attributes, and what is not, is not',
  async ({ effect, seed }) => {
    const random = createRandom(seed);
    const pick = (list: readonly string[]) => list[random(list.length)] ?? '';
    const found = { known: 0, open: 0 };
    for (let count = 0; count < 60; count += 1) {
      const lines: PolicyLine[] = Array.from({ length: 8 }, () => ({
        key: 'p',
        values: [
          pick(['alice', 'editor', 'viewer']),
          pick(['a', 'b']),
          'read',
          pick(['*', 'red', 'blue']),
          pick(['allow', 'allow', 'deny']),
        ],
      }));
      lines.push({ key: 'g', values: ['alice', 'editor'] });
      const policy = await buildPolicy(readModel(modelWith(effect)), lines);
      for (const object of ['a', 'b']) {
        const roles = random(2) === 0 ? [] : ['viewer'];
        const known = knownEffect(policy, [{ name: 'alice', roles }, object, 'read']);
        const answers = teams.flatMap((team) =>
          levels.map((level) => {
            const attributes = { ...(team !== undefined && { team }), ...(level !== undefined && { level }) };
            return policy.decide([{ name: 'alice', roles, attributes }, object, 'read']).effect;
          }),
        );
        if (known !== undefined) expect(new Set(answers)).toEqual(new Set([known]));
        found[known === undefined ? 'open' : 'known'] += 1;
      }
    }
    expect(Math.min(found.known, found.open)).toBeGreaterThan(10);
  },
);

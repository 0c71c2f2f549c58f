import { expect, test } from 'vitest';
import { policyShapes } from '../../../../test/harness/policy-shapes.js';
import { createRandom } from '../../../../test/harness/random.js';
import { buildPolicy, certainEffect, createExplainer, type PolicyLine, readModel } from '../index.js';

const roles = ['viewer', 'editor', 'admin', 'owner'];
const subsets = Array.from({ length: 2 ** roles.length }, (_, bits) => roles.filter((_role, at) => (bits >> at) & 1));

// In the others, whoever asks is no name, or is not asked by roles.
const withRoles = policyShapes.filter(({ model }) => /g\(r\.sub, p\.sub\)/.test(model));

test.each(withRoles.map((shape, index) => ({ name: shape.name, shape, seed: 3_000 + index })))(
  '$name: what is certain is answered with whatever roles, and what is not, is not',
  async ({ shape, seed }) => {
    const random = createRandom(seed);
    const found = { certain: 0, open: 0 };
    for (let count = 0; count < 12; count += 1) {
      const lines: PolicyLine[] = [...(shape.always ?? [])];
      for (let size = 16; size > 0; size -= 1) {
        lines.push(shape.link !== undefined && random(5) === 0 ? shape.link(random) : shape.rule(random));
      }
      const policy = await buildPolicy(readModel(shape.model), lines);
      const explainer = createExplainer(policy);
      for (let index = 0; index < 20; index += 1) {
        const [who, ...rest] = shape.request(random);
        const name = typeof who === 'string' ? who : 'alice';
        const explained = subsets.map((some) => explainer.explain([{ name, roles: some }, ...rest]));
        const rulesOf = (one: (typeof explained)[number] | undefined) => (one?.matches ?? []).map(({ rule }) => rule);
        const effect = certainEffect(policy, rulesOf(explained[0]), rulesOf(explained.at(-1)));
        const effects = new Set(explained.map(({ outcome }) => outcome.effect));
        if (effect !== undefined) expect([...effects]).toEqual([effect]);
        found[effect === undefined ? 'open' : 'certain'] += 1;
      }
    }
    expect(Math.min(found.certain, shape.name === 'negation' ? 0 : found.open)).toBeGreaterThanOrEqual(
      shape.name === 'negation' ? 0 : 10,
    );
  },
);

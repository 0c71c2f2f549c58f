import { afterAll, describe, expect, test } from 'vitest';
import { type CasbinOracle, createCasbinOracle } from '../../../test/harness/casbin-oracle.js';
import { type PolicyShape, policyShapes, randomLines } from '../../../test/harness/policy-shapes.js';
import { createRandom, type Random } from '../../../test/harness/random.js';
import { buildPolicy, changePolicy, type Policy, type PolicyLine, readModel } from './index.js';

/*
 * The oracle is casbin 5.51 itself: random policies, changed again and again, and after each change random requests that
 * both decide. Casbin always gets the whole policy anew; ours goes on from change to change.
 */

const policies = 12;
const changes = 16;
const requests = 25;

let asked = 0;
let changed = 0;

const sameLine = (one: PolicyLine, other: PolicyLine) =>
  one.key === other.key && one.values.join('\n') === other.values.join('\n');

/** Some lines go, others come; what is there already does not come again. */
function randomChange(random: Random, shape: PolicyShape, lines: readonly PolicyLine[]) {
  const remove = lines.filter((line) => random(10) === 0 && shape.always?.includes(line) !== true);
  const rest = lines.filter((line) => !remove.includes(line));
  const add: PolicyLine[] = [];
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const line = shape.link !== undefined && random(3) === 0 ? shape.link(random) : shape.rule(random);
    if (![...rest, ...add].some((one) => sameLine(one, line))) add.push(line);
  }
  return { remove, add, lines: [...rest, ...add] };
}

type Answers = Record<'allow' | 'deny', number>;

/** Asks both, and counts what they agree on. */
function ask(random: Random, shape: PolicyShape, policy: Policy, casbin: CasbinOracle, answers: Answers): void {
  const request = shape.request(random);
  const expected = casbin.isAllowed(shape.asCasbin?.(request) ?? request) ? 'allow' : 'deny';
  const { effect } = policy.decide(request);
  if (effect !== expected) expect({ request, effect, rules: [...policy.rules()] }).toMatchObject({ effect: expected });
  answers[effect] += 1;
  asked += 1;
}

describe.each(policyShapes.map((shape, index) => ({ name: shape.name, shape, seed: index + 1 })))(
  '$name',
  ({ shape, seed }) => {
    test('decides as casbin does, through all changes', async () => {
      const random = createRandom(seed);
      const model = readModel(shape.model);
      const casbin = await createCasbinOracle(shape.model);
      const answers: Answers = { allow: 0, deny: 0 };
      for (let count = 0; count < policies; count += 1) {
        let { lines } = randomChange(random, shape, shape.always ?? []);
        let policy = await buildPolicy(model, lines);
        for (let change = 0; change < changes; change += 1) {
          const next = randomChange(random, shape, lines);
          lines = next.lines;
          policy = changePolicy(policy, next);
          changed += 1;
          await casbin.load(lines);
          for (let index = 0; index < requests; index += 1) ask(random, shape, policy, casbin, answers);
        }
      }
      expect(Math.min(answers.allow, answers.deny)).toBeGreaterThan(100);
    });

    test('and over hundreds of rules, where the index is deep', async () => {
      const random = createRandom(1_000 + seed);
      const casbin = await createCasbinOracle(shape.model);
      const answers: Answers = { allow: 0, deny: 0 };
      for (let size = 20; size <= 320; size *= 2) {
        const lines = randomLines(shape, random, size);
        const policy = await buildPolicy(readModel(shape.model), lines);
        await casbin.load(lines);
        for (let index = 0; index < 100; index += 1) ask(random, shape, policy, casbin, answers);
      }
      expect(answers.allow).toBeGreaterThan(20);
    });
  },
);

afterAll(() => {
  // Asked at the end, so that no shape can drop out unseen.
  expect({ shapes: policyShapes.length >= 16, asked: asked >= 100_000, changed: changed >= 5_000 }).toEqual({
    ...{ shapes: true, asked: true, changed: true },
  });
});

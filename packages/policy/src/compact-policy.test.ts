import { afterAll, describe, expect, test } from 'vitest';
import { createCasbinOracle } from '../../../test/harness/casbin-oracle.js';
import { holds } from '../../../test/harness/holds.js';
import { type PolicyShape, policyShapes, randomLines } from '../../../test/harness/policy-shapes.js';
import { createRandom, type Random } from '../../../test/harness/random.js';
import { rewritePolicy } from './compact-policy.js';
import { buildPolicy, changePolicy, FilterError, filterPolicy, type Policy, type PolicyLine } from './index.js';
import { readModel } from './model/model.js';
import { Turns } from './turns.js';

/*
 * Random policies, changed again and again, with any of their segments and graphs written anew in between. After each change
 * the policy is held against one with the same changes that was never compacted, one that is built of the same lines, and
 * casbin itself.
 */

const policies = 4;
const changes = 120;
const requests = 5;

const counts = { changes: 0, whole: 0, partly: 0, graphs: 0, removed: 0, allow: 0, deny: 0, filters: 0 };

const sameLine = (one: PolicyLine, other: PolicyLine) =>
  one.key === other.key && one.values.join('\n') === other.values.join('\n');

/** The lines of a policy, each with a number of its own that it is known by afterwards. */
class Lines {
  readonly #random: Random;
  readonly #shape: PolicyShape;
  #next = 1;
  all: readonly PolicyLine[] = [];

  constructor(random: Random, shape: PolicyShape) {
    this.#random = random;
    this.#shape = shape;
    this.all = this.#without(randomLines(shape, random, 30 + random(60)));
  }

  /** Each once. */
  #without(lines: readonly PolicyLine[]): readonly PolicyLine[] {
    const found: PolicyLine[] = [];
    for (const line of lines) {
      if (![...this.all, ...found].some((one) => sameLine(one, line))) found.push({ ...line, line: this.#next++ });
    }
    return found;
  }

  change() {
    const { always = [], link, rule } = this.#shape;
    const random = this.#random;
    const candidates = this.all.filter((line) => !always.some((one) => sameLine(one, line)));
    const remove = [...new Set(Array.from({ length: random(5) }, () => candidates[random(candidates.length)]))].filter(
      (line) => line !== undefined,
    );
    this.all = this.all.filter((line) => !remove.includes(line));
    const add = this.#without(
      Array.from({ length: 1 + random(4) }, () =>
        link !== undefined && random(3) === 0 ? link(random) : rule(random),
      ),
    );
    this.all = [...this.all, ...add];
    return { add, remove };
  }
}

/** Any of its segments into one, and any of its graphs. */
async function compactSome(random: Random, policy: Policy): Promise<Policy> {
  const { segments, graphs } = policy.parts;
  const plan = { from: random(segments.length + 1), graphs: [...graphs.keys()].filter(() => random(3) === 0) };
  counts.whole += plan.from === 0 ? 1 : 0;
  counts.partly += plan.from > 0 && plan.from < segments.length ? 1 : 0;
  counts.graphs += plan.graphs.filter((at) => (graphs[at]?.changes ?? 0) > 0).length;
  const compacted = await rewritePolicy(policy, plan, new Turns());
  expect(compacted.parts.segments.slice(plan.from).map(({ removed }) => removed)).toEqual(
    policy.size > 0 && plan.from < segments.length ? [0] : [],
  );
  return compacted;
}

/** But for the positions: those of a policy that was changed have gaps. */
const written = (policy: Policy) => [...policy.rules()].map((rule) => ({ ...rule, position: 0 }));
const linksOf = (policy: Policy) => [...policy.links()].map((link) => JSON.stringify(link)).toSorted();

function filterOf(policy: Policy, request: Parameters<typeof filterPolicy>[1]) {
  try {
    return filterPolicy(policy, request);
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
}

interface Twins {
  readonly compacted: Policy;
  readonly plain: Policy;
  readonly fresh: Policy;
}

function compareWhole({ compacted, plain, fresh }: Twins): void {
  expect([...compacted.rules()]).toEqual([...plain.rules()]);
  expect(written(compacted)).toEqual(written(fresh));
  const positions = [...compacted.rules()].map(({ position }) => position);
  expect(positions).toEqual([...new Set(positions)].toSorted((one, other) => one - other));
  expect(linksOf(compacted)).toEqual(linksOf(fresh));
  expect([compacted.size, compacted.linkCount]).toEqual([fresh.size, fresh.linkCount]);
  expect([compacted.size, compacted.linkCount]).toEqual([[...compacted.rules()].length, [...compacted.links()].length]);
}

function compareDecision({ compacted, plain, fresh }: Twins, request: ReturnType<PolicyShape['request']>) {
  const outcome = compacted.decide(request);
  expect(outcome).toEqual(plain.decide(request));
  const { effect, rule } = fresh.decide(request);
  expect([outcome.effect, outcome.rule?.values, outcome.rule?.line]).toEqual([effect, rule?.values, rule?.line]);
  counts[effect] += 1;
  return effect;
}

/** A list and the question about each of its things: the conditions of both policies hold for the same. */
function compareFilters({ compacted, fresh }: Twins, request: ReturnType<PolicyShape['request']>, random: Random) {
  const field = random(request.length);
  const open = request.map((value, index) => (index === field ? undefined : value));
  const [one, other] = [filterOf(compacted, open), filterOf(fresh, open)];
  if (typeof one === 'string' || typeof other === 'string') return expect(one).toBe(other);
  for (const thing of ['data1', 'data2', '/a', '/a/b', '/a/b/c', 'read', 'write', 'alice', 'editor', '']) {
    const of = (condition: typeof one) => holds(condition, () => thing);
    expect([thing, of(one)]).toEqual([thing, of(other)]);
  }
  counts.filters += 1;
}

describe.each(policyShapes.map((shape, index) => ({ name: shape.name, shape, seed: index + 1 })))(
  '$name',
  ({ shape, seed }) => {
    test('is decided alike, however often it is compacted', async () => {
      const random = createRandom(seed);
      const model = readModel(shape.model);
      const casbin = await createCasbinOracle(shape.model);
      for (let count = 0; count < policies; count += 1) {
        const lines = new Lines(random, shape);
        let plain = await buildPolicy(model, lines.all);
        let compacted = plain;
        for (let change = 0; change < changes; change += 1) {
          if (random(5) === 0) compacted = await compactSome(random, compacted);
          const next = lines.change();
          [plain, compacted] = [changePolicy(plain, next), changePolicy(compacted, next)];
          counts.changes += 1;
          counts.removed += compacted.parts.segments.some(({ removed }) => removed > 0) ? 1 : 0;
          const twins = { compacted, plain, fresh: await buildPolicy(model, lines.all) };
          compareWhole(twins);
          if (change % 8 === 0) await casbin.load(lines.all);
          for (let index = 0; index < requests; index += 1) {
            const request = shape.request(random);
            const effect = compareDecision(twins, request);
            if (change % 8 !== 0) continue;
            const expected = casbin.isAllowed(shape.asCasbin?.(request) ?? request) ? 'allow' : 'deny';
            expect({ request, effect }).toEqual({ request, effect: expected });
            compareFilters(twins, request, random);
          }
        }
      }
    });
  },
);

afterAll(() => {
  // Asked at the end, so that nothing can drop out unseen.
  expect(counts.changes).toBeGreaterThanOrEqual(12_000);
  const { whole, partly, graphs, removed, allow, deny, filters } = counts;
  expect(Math.min(whole, partly, graphs)).toBeGreaterThan(300);
  expect(Math.min(removed, filters)).toBeGreaterThan(1_000);
  expect(Math.min(allow, deny)).toBeGreaterThan(5_000);
});

import { afterAll, describe, expect, test } from 'vitest';
import { holds } from '../../../../test/harness/holds.js';
import { type PolicyShape, policyShapes, randomLines } from '../../../../test/harness/policy-shapes.js';
import { createRandom } from '../../../../test/harness/random.js';
import { buildPolicy, FilterError, filterPolicy, parseCsv, type RequestValue, readModel } from '../index.js';

/*
 * One policy answers "may she" and "which may she": over random policies, the list that a filter gives is exactly what asking
 * about each would give, whichever field of the request is open.
 */

let compared = 0;
const outcomes = { all: 0, none: 0, some: 0, refused: 0 };

describe.each(policyShapes.map((shape, index) => ({ name: shape.name, shape, seed: index + 1 })))(
  '$name',
  ({ shape, seed }: { readonly shape: PolicyShape; readonly seed: number }) => {
    test('the list is what asking about each gives', async () => {
      const random = createRandom(seed);
      const model = readModel(shape.model);
      for (let count = 0; count < 40; count += 1) {
        const lines = randomLines(shape, random, 1 + random(12));
        const policy = await buildPolicy(model, lines);
        for (let field = 0; field < model.request.length; field += 1) {
          const request = shape.request(random);
          if (typeof request[field] !== 'string') continue;
          const open = request.map((value, index): RequestValue | undefined => (index === field ? undefined : value));
          const things = new Set([...Array.from({ length: 20 }, () => shape.request(random)[field]), 'unheard of', '']);
          let condition: ReturnType<typeof filterPolicy>;
          try {
            condition = filterPolicy(policy, open);
          } catch (error) {
            if (!(error instanceof FilterError)) throw error;
            outcomes.refused += 1;
            continue;
          }
          outcomes[condition === true ? 'all' : condition === false ? 'none' : 'some'] += 1;
          for (const thing of things) {
            if (typeof thing !== 'string' || (model.matcher.type === 'pattern' && thing === '')) continue;
            const asked = request.map((value, index) => (index === field ? thing : value));
            const listed = holds(condition, () => thing) ? 'allow' : 'deny';
            const { effect } = policy.decide(asked);
            if (listed !== effect) expect({ lines, asked, listed, condition }).toEqual({ effect });
            compared += 1;
          }
        }
      }
    });
  },
);

afterAll(() => {
  expect(compared).toBeGreaterThan(20_000);
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(100);
});

describe('what no list could be asked', () => {
  test.each([
    ['regexMatch(r.id, p.id)', 'p, ^a', /reads an open field by regexMatch/],
    ['keyMatch2(r.id, p.id)', 'p, /:a', /reads an open field by keyMatch2/],
    ['r.id < p.id', 'p, a', /compares an open field by "<"/],
    ['r.id == r.sub && p.id == "a"', 'p, a', undefined],
    ['g(r.sub, r.id) && p.id == "a"', 'p, a', /in another place than the first/],
    ['r.sub in r.id.members && p.id == "a"', 'p, a', /looks for something in an open field/],
    ['r.id.owner == r.sub && p.id == "a"', 'p, a', /asks for an attribute of an open field/],
    ['eval(p.id)', 'p, "r.id < ""b"""', /compares an open field by "<"/],
  ])('%s', async (matcher, policy, message) => {
    const g = matcher.includes('g(') ? '[role_definition]\ng = _, _\n' : '';
    const model = readModel(
      `[request_definition]\nr = sub, id\n[policy_definition]\np = id\n${g}[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = ${matcher}\n`,
    );
    const ask = async () => filterPolicy(await buildPolicy(model, parseCsv(policy)), ['alice', undefined]);
    if (message === undefined) expect(await ask()).toEqual({ field: 1, in: ['alice'] });
    else await expect(ask()).rejects.toThrow(message);
  });
});

import { describe, expect, test } from 'vitest';
import { createCasbinOracle } from '../../../test/harness/casbin-oracle.js';
import { buildPolicy, type PolicyLine, parseCsv, type RequestValue, readModel } from './index.js';

/* Where we answer otherwise than casbin does, on purpose: each is shown in casbin, too. The list is in the README. */

interface Case {
  readonly model: string;
  readonly policy: string;
  readonly request: readonly RequestValue[];
  /** Where casbin takes it in another form. */
  readonly asCasbin?: readonly unknown[];
}

const modelOf = (m: string, { p = 'sub, obj, act', e = 'some(where (p.eft == allow))', g = '' } = {}) =>
  `[request_definition]\nr = sub, obj, act\n[policy_definition]\np = ${p}\n${g === '' ? '' : `[role_definition]\n${g}\n`}[policy_effect]\ne = ${e}\n[matchers]\nm = ${m}\n`;

const linesOf = (csv: string): readonly PolicyLine[] =>
  [...parseCsv(csv)].flatMap((line) => ('values' in line ? [line] : []));

async function answersOf({ model, policy, request, asCasbin = request }: Case) {
  const casbin = await createCasbinOracle(model);
  await casbin.load(linesOf(policy));
  const ours = await buildPolicy(readModel(model), parseCsv(policy));
  return { casbin: casbin.isAllowed(asCasbin), ours: ours.decide(request).effect === 'allow' };
}

const rbac = 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act';
const denyFirst = 'some(where (p.eft == allow)) && !some(where (p.eft == deny))';
const who = (attributes: Record<string, string | number | boolean | string[]>) => ({ name: '', attributes });

describe('roles', () => {
  const chain = Array.from({ length: 12 }, (_, index) => `g, role${index}, role${index + 1}\n`).join('');

  test('more than ten links away are found', async () => {
    const model = modelOf(rbac, { g: 'g = _, _' });
    const request = ['role0', 'data', 'read'];
    expect(await answersOf({ model, policy: `p, role12, data, read\n${chain}`, request })).toEqual({
      ...{ casbin: false, ours: true },
    });
    expect(await answersOf({ model, policy: `p, role10, data, read\n${chain}`, request })).toEqual({
      ...{ casbin: true, ours: true },
    });
  });

  test('that go round in a circle are a fault', async () => {
    const model = readModel(modelOf(rbac, { g: 'g = _, _' }));
    const circle = parseCsv('p, a, data, read\ng, a, b\ng, b, c\ng, c, a\n');
    await expect(buildPolicy(model, circle)).rejects.toThrow('the roles of "g" go round in a circle: a → b → c → a');
    await expect(buildPolicy(model, parseCsv('g, a, a\n'))).rejects.toThrow('in a circle: a → a');
    expect((await buildPolicy(model, parseCsv('p, a, data, read\ng, a, b\ng, b, c\ng, a, c\n'))).size).toBe(1);
  });
});

describe('what is not known', () => {
  const owner = modelOf('r.sub.Owner == r.obj.Owner && r.act == p.act', { p: 'act' });

  test('two absent owners are not one', async () => {
    const policy = 'p, read\n';
    const nobody = { model: owner, policy, request: [who({}), who({}), 'read'], asCasbin: [{}, {}, 'read'] };
    expect(await answersOf(nobody)).toEqual({ casbin: true, ours: false });
    const alice = [who({ Owner: 'alice' }), who({ Owner: 'alice' }), 'read'];
    const same = { Owner: 'alice' };
    const known = { model: owner, policy, request: alice, asCasbin: [same, same, 'read'] };
    expect(await answersOf(known)).toEqual({ casbin: true, ours: true });
  });

  test.each([
    ['p.eft == "allow" || r.sub.team == p.obj', 'it denies what it would have denied', false],
    ['p.eft == "allow" || !(r.sub.team == p.obj)', 'and so it does behind a negation', false],
    [
      'p.eft == "allow" || r.sub.team == p.obj && r.act == "write"',
      'unless the rest says that it does not match',
      true,
    ],
  ])('%s: %s', async (matcher, _what, ours) => {
    const model = modelOf(matcher, { p: 'obj, eft', e: denyFirst });
    const answers = await answersOf({
      ...{ model, policy: 'p, data, allow\np, law, deny\n' },
      ...{ request: [who({}), 'data', 'read'], asCasbin: [{}, 'data', 'read'] },
    });
    expect(answers.ours).toBe(ours);
  });

  test.each([
    ['r.sub.team != p.obj', {}],
    ['!(r.sub.team == p.obj)', {}],
    ['r.sub.team in ("a", "b") || r.obj == "nothing"', {}],
    ['!(r.sub.team in ("a", "b"))', {}],
    ['!(p.obj in r.sub.teams)', { teams: 'data' }],
    ['!(r.sub.level > 3)', { level: 'high' }],
    ['!(r.sub.level > 3)', { level: true }],
    ['!(r.sub.teams == p.obj)', { teams: ['data'] }],
    ['!(r.sub.constructor == p.obj)', {}],
    ['!(r.sub.toString.name == p.obj)', {}],
    ['!g(r.sub.manager, p.obj)', { manager: ['data'] }],
    ['!keyMatch(r.sub.team, p.obj)', {}],
    ['keyGet(r.sub.team, p.obj) == ""', {}],
  ])('%s allows nothing to %j', async (matcher, attributes) => {
    const g = matcher.includes('g(') ? 'g = _, _' : '';
    const policy = await buildPolicy(readModel(modelOf(`${matcher} && p.act == r.act`, { g })), [
      { key: 'p', values: ['any', 'data', 'read'] },
    ]);
    expect(policy.decide([who(attributes), 'x', 'read']).effect).toBe('deny');
  });
});

describe('equality', () => {
  test.each([
    ['18', 18, true, true],
    ['018', 18, true, false],
    ['18.0', 18, true, false],
    ['1', true, true, false],
    ['alice', 'alice', true, true],
    ['a', ['a'], true, false],
  ] as const)('a rule with %j and an attribute %j: %j in casbin, %j here', async (inRule, attribute, casbin, ours) => {
    const value = typeof attribute === 'object' ? [...attribute] : attribute;
    const answers = await answersOf({
      ...{ model: modelOf('r.sub.age == p.obj', { p: 'obj' }), policy: `p, ${inRule}\n` },
      ...{ request: [who({ age: value }), 'x', 'y'], asCasbin: [{ age: value }, 'x', 'y'] },
    });
    expect(answers).toEqual({ casbin, ours });
  });

  test('`in` binds as it does in JavaScript', async () => {
    const model = modelOf("r.sub == p.sub && r.obj == p.obj || r.act in ('read', 'list')");
    const request = ['alice', 'data', 'write'];
    // Casbin asks whether true is in the list.
    expect(await answersOf({ model, policy: 'p, alice, data, write\n', request })).toEqual({
      casbin: false,
      ours: true,
    });
    expect(await answersOf({ model, policy: 'p, bob, data, write\n', request })).toEqual({
      casbin: false,
      ours: false,
    });
  });

  test.each([[['alice']], [{ toString: () => 'alice' }], [1], [undefined], [null], [{ name: 1 }], [{ name: ['a'] }]])(
    'a request value %j is a TypeError',
    async (odd) => {
      const policy = await buildPolicy(readModel(modelOf('r.sub == p.sub')), parseCsv('p, alice, data, read\n'));
      const untyped = (request: readonly unknown[]): unknown =>
        Reflect.apply(Reflect.get(policy, 'decide'), policy, [request]);
      expect(() => untyped([odd, 'data', 'read'])).toThrow(TypeError);
      expect(() => untyped(['alice', 'data'])).toThrow(TypeError);
      expect(untyped(['alice', 'data', 'read'])).toMatchObject({ effect: 'allow' });
    },
  );
});

describe('what casbin passes over is a fault', () => {
  const explicit = modelOf(rbac, { p: 'priority, sub, obj, act, eft', g: 'g = _, _', e: 'priority(p.eft) || deny' });

  test.each([
    [
      'an effect',
      modelOf(rbac, { p: 'sub, obj, act, eft', g: 'g = _, _' }),
      'p, a, data, read, denied',
      /"denied" is no effect/,
    ],
    ['a priority', explicit, 'p, first, a, data, read, allow', /"first" is no priority/],
    ['a field too many', modelOf(rbac, { g: 'g = _, _' }), 'p, a, data, read, deny', /has 4 fields here, and 3/],
    ['a field too few', modelOf(rbac, { g: 'g = _, _' }), 'p, a, data', /has 2 fields here, and 3/],
    ['a section', modelOf(rbac, { g: 'g = _, _' }), 'q, a, data, read', /there is no section "q"/],
    ['a role too many', modelOf(rbac, { g: 'g = _, _' }), 'g, a, b, c', /"g" has 3 fields here, and 2/],
    [
      'the same line twice',
      modelOf(rbac, { g: 'g = _, _' }),
      'p, a, data, read\np,a,data,read',
      /the same stands in line 1/,
    ],
    ['a value without end', modelOf(rbac, { g: 'g = _, _' }), `p, ${'a'.repeat(4097)}, data, read`, /more than 4096/],
  ])('%s', async (_what, model, policy, message) => {
    await expect(buildPolicy(readModel(model), parseCsv(`${policy}\n`))).rejects.toThrow(message);
  });

  test('a newline in a value, which casbin writes as a new rule', async () => {
    const model = readModel(modelOf(rbac, { g: 'g = _, _' }));
    const values = ['a', 'data\np, mallory, data', 'read'];
    await expect(buildPolicy(model, [{ key: 'p', values }])).rejects.toThrow('a control character, or a line end');
    await expect(buildPolicy(model, [{ key: 'g', values: ['a', 'b\u2028c'] }])).rejects.toThrow('a line end');
  });
});

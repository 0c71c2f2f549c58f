import { describe, expect, test } from 'vitest';
import { holds } from '../../../test/harness/holds.js';
import {
  buildPolicy,
  changePolicy,
  filterPolicy,
  type Model,
  parseCsv,
  type RequestValue,
  readModel,
} from './index.js';

/* What somebody might try, as a request or as a policy. Each stands beside enough other rules that the index is used. */

interface Text {
  readonly r?: string;
  readonly p: string;
  readonly e?: string;
  readonly m: string;
}

const allowAndDeny = 'some(where (p.eft == allow)) && !some(where (p.eft == deny))';

function modelOf({ r = 'sub, obj, act', p, e = allowAndDeny, m }: Text): Model {
  const links = /\bg\(/.test(m) ? '[role_definition]\ng = _, _\n' : '';
  return readModel(
    `[request_definition]\nr = ${r}\n[policy_definition]\np = ${p}\n${links}[policy_effect]\ne = ${e}\n[matchers]\nm = ${m}\n`,
  );
}

async function effectOf(model: Model, rules: readonly string[], request: readonly RequestValue[]) {
  const others = Array.from(
    { length: 40 },
    (_, index) => `p, ${model.rule.map((field) => (field === 'eft' ? 'allow' : `other${index}`)).join(', ')}`,
  );
  const policy = await buildPolicy(model, parseCsv([...rules, ...others].join('\n')));
  return policy.decide(request).effect;
}

const who = (attributes: Record<string, number | string | number[] | string[]>) => ({ name: '', attributes });

describe('a denial is found', () => {
  test('where one field is a pattern for two others', async () => {
    const model = modelOf({
      ...{ r: 'sub, obj, act, id', p: 'sub, obj, act, eft' },
      m: 'r.sub == p.sub && (keyMatch(r.obj, p.obj) || keyMatch(r.id, p.obj))',
    });
    const rules = ['p, u, threads, r, allow', 'p, u, t-1, r, deny'];
    expect(await effectOf(model, rules, ['u', 'threads', 'r', 't-1'])).toBe('deny');
    expect(await effectOf(model, rules, ['u', 'threads', 'r', 't-2'])).toBe('allow');
  });

  test.each(['05', '5.0', '5e0', 'five'])('where an attribute is a number, and the rule says %j', async (level) => {
    const model = modelOf({ p: 'level, obj, eft', m: 'r.sub.level == p.level && r.obj == p.obj' });
    const rules = ['p, 5, o, allow', `p, ${level}, o, deny`];
    expect(await effectOf(model, rules, [who({ level: 5 }), 'o', 'r'])).toBe('deny');
    expect(await effectOf(model, rules.slice(0, 1), [who({ level: 5 }), 'o', 'r'])).toBe('allow');
  });

  test('where an absent attribute would have chosen the rule', async () => {
    const model = modelOf({ p: 'team, obj, eft', m: 'r.obj == p.obj && (p.eft == "allow" || r.sub.team == p.team)' });
    const rules = ['p, any, o, allow', 'p, law, o, deny'];
    expect(await effectOf(model, rules, [who({}), 'o', 'r'])).toBe('deny');
    expect(await effectOf(model, rules, [who({ team: 'sales' }), 'o', 'r'])).toBe('allow');
  });

  test('where a list holds numbers', async () => {
    const model = modelOf({ p: 'x, obj, eft', m: 'r.obj == p.obj && (p.eft == "allow" || p.x in r.sub.list)' });
    const rules = ['p, any, o, allow', 'p, 18, o, deny'];
    expect(await effectOf(model, rules, [who({ list: [18] }), 'o', 'r'])).toBe('deny');
    expect(await effectOf(model, rules, [who({ list: ['18'] }), 'o', 'r'])).toBe('deny');
    expect(await effectOf(model, rules, [who({ list: ['19'] }), 'o', 'r'])).toBe('allow');
  });
});

describe('nothing is allowed', () => {
  test.each([
    ['"18" in a list of numbers', 'r.sub.n in [18, 20] && p.eft == "allow"', { n: '18' }],
    ['infinity that is not infinity', 'r.sub.a != r.sub.b && p.eft == "allow"', { a: Infinity, b: Infinity }],
    ['a number that is more than infinity', 'r.sub.a > r.sub.b && p.eft == "allow"', { a: Infinity, b: Infinity }],
    ['a number alone', 'r.sub.n && p.eft == "allow"', { n: 1 }],
    ['no number at all', '!(r.sub.n == r.sub.n) && p.eft == "allow"', { n: Number.NaN }],
  ])('for %s', async (_what, m, attributes) => {
    expect(await effectOf(modelOf({ p: 'sub, eft', m }), ['p, any, allow'], [who(attributes), 'o', 'r'])).toBe('deny');
  });

  test('by no rules, though casbin allows it', async () => {
    const policy = await buildPolicy(modelOf({ p: 'sub, eft', m: 'r.sub != p.sub' }), parseCsv('p, alice, allow\n'));
    expect(policy.decide(['bob', 'o', 'r']).effect).toBe('allow');
    const empty = changePolicy(policy, { remove: [{ key: 'p', values: ['alice', 'allow'] }] });
    expect([empty.size, empty.decide(['bob', 'o', 'r']).effect]).toEqual([0, 'deny']);
    expect(filterPolicy(empty, ['bob', undefined, 'r'])).toBe(false);
  });

  test('by a rule that was there twice, and was removed', async () => {
    const model = modelOf({ p: 'sub, obj, act, eft', m: 'r.sub == p.sub && r.obj == p.obj && r.act == p.act' });
    const line = { key: 'p', values: ['alice', 'd', 'read'] };
    const twice = await buildPolicy(model, [line, { ...line, values: [...line.values, 'allow'] }, line]);
    expect([twice.size, twice.decide(line.values).effect]).toEqual([1, 'allow']);
    expect(changePolicy(twice, { remove: [line] }).decide(line.values).effect).toBe('deny');
  });

  test('by values that their giver changes afterwards', async () => {
    const model = modelOf({ p: 'sub, eft', m: 'r.sub == p.sub' });
    const values = ['alice', 'allow'];
    const policy = await buildPolicy(model, [{ key: 'p', values }]);
    values[0] = 'mallory';
    expect(policy.decide(['mallory', 'o', 'r']).effect).toBe('deny');
  });
});

describe('a model or a rule is refused, with a reason, that', () => {
  const matcher = (m: string) => () => modelOf({ p: 'sub, obj, eft', m });

  test.each<[string, () => unknown, RegExp]>([
    ['has a gap in a list', matcher('r.obj in ["a",,"b"] && p.eft == "allow"'), /a list has a gap/],
    ['is nested too deep', matcher(`${'!'.repeat(2_800)}(r.sub == p.sub)`), /nested too deep|cannot be read/],
    ['has too many parentheses', matcher(`${'('.repeat(2_000)}r.sub == p.sub${')'.repeat(2_000)}`), /cannot be read/],
    ['is very long', matcher(`r.sub == p.sub && ${'r.obj == p.obj && '.repeat(400)}r.act == "x"`), /more than 4096/],
    ['lets the request write a pattern', matcher('regexMatch(r.obj, keyGet(r.act, p.obj))'), /other arguments/],
    ['holds a pattern that cannot be read', matcher('regexMatch(r.obj, "(") && p.eft == "allow"'), /cannot be read/],
    ['holds one that never comes back', matcher('keyMatch2(r.obj, "/:") && p.eft == "allow"'), /cannot be read/],
    ['calls g with one name', matcher('g(r.sub) && p.eft == "allow"'), /calls g with other arguments/],
  ])('%s', (_what, read, message) => {
    expect(read).toThrow(message);
  });

  test.each(['/:/x', '/a/(b', '/:'])('keyGet2 cannot read: %s', async (pattern) => {
    const model = modelOf({ r: 'sub, obj', p: 'sub, obj, eft', m: 'keyGet2(r.obj, p.obj, "id") == r.sub' });
    await expect(buildPolicy(model, [{ key: 'p', values: ['a', pattern] }])).rejects.toThrow('the pattern');
    const policy = await buildPolicy(model, parseCsv('p, a, /x/:id\n'));
    expect(['/x/alice', '/x/bob'].map((path) => policy.decide(['alice', path]).effect)).toEqual(['allow', 'deny']);
  });

  test('has a condition that is nested too deep', async () => {
    const model = modelOf({ p: 'when, eft', m: 'eval(p.when)' });
    const when = `${'!'.repeat(1_500)}(r.sub == "a")`;
    await expect(buildPolicy(model, [{ key: 'p', values: [when] }])).rejects.toThrow('the condition');
  });

  test('a circle of a thousand is told in a line', async () => {
    const model = modelOf({ p: 'sub, eft', m: 'g(r.sub, p.sub)' });
    const links = Array.from({ length: 1_000 }, (_, index) => ({
      key: 'g',
      values: [`r${index}`, `r${(index + 1) % 1_000}`],
    }));
    const error = await buildPolicy(model, links).catch((caught: unknown) => caught);
    expect(String(error)).toMatch(/in a circle: r0 → r1 → .* → 990 more → r0$/);
  });
});

test('alternatives within alternatives are no more work than they are', async () => {
  let m = 'r.act == p.act';
  for (let level = 0; level < 40; level += 1) {
    m = `(r.sub == "a${level}" || r.act == "b${level}") && (r.obj == "c${level}" || ${m})`;
  }
  expect(await effectOf(modelOf({ p: 'act, eft', m }), ['p, read, allow'], ['a39', 'c39', 'read'])).toBe('allow');
  const many = Array.from({ length: 34 }, (_, index) => `r.obj == "o${index}" && p.act == "x${index}"`).join(' || ');
  const indexed = modelOf({ p: 'sub, act, eft', m: `r.sub == p.sub && (${many})` });
  const rules = Array.from({ length: 6_000 }, (_, index) => ({ key: 'p', values: [`user${index}`, `x${index % 34}`] }));
  const policy = await buildPolicy(indexed, rules);
  expect(policy.decide(['user35', 'o1', 'r']).effect).toBe('allow');
  expect(policy.decide(['user36', 'o1', 'r']).effect).toBe('deny');
});

describe('a filter about numbers', () => {
  const model = modelOf({
    ...{ r: 'sub, id', p: 'obj, eft' },
    m: 'r.id == r.sub.favourite && p.eft == "allow" || p.eft == "deny" && r.id == r.sub.other',
  });

  test.each([[{ favourite: 5, other: 'x' }], [{ favourite: '5', other: 'y' }], [{ favourite: 'a', other: 'a' }]])(
    'is what asking about each gives: %j',
    async (attributes) => {
      const policy = await buildPolicy(model, parseCsv('p, any, allow\np, none, deny\n'));
      const filter = filterPolicy(policy, [who(attributes), undefined]);
      for (const id of ['5', '05', '6', 'a', 'x', '']) {
        const { effect } = policy.decide([who(attributes), id]);
        expect([id, holds(filter, () => id) ? 'allow' : 'deny']).toEqual([id, effect]);
      }
    },
  );

  test('or there is none: which texts are another number, no list could be asked', async () => {
    const policy = await buildPolicy(model, parseCsv('p, any, allow\np, none, deny\n'));
    expect(() => filterPolicy(policy, [who({ favourite: 'a', other: 6 }), undefined])).toThrow('is not a number');
  });
});

test('lists under a policy of priorities are as deep as its effects change, not as it is long', async () => {
  const model = modelOf({
    r: 'sub, id',
    p: 'sub, id, eft',
    e: 'priority(p.eft) || deny',
    m: 'r.sub == p.sub && r.id == p.id',
  });
  const rules = Array.from({ length: 4_000 }, (_, index) => ({
    key: 'p',
    values: ['alice', `t${index}`, index < 2_000 ? 'deny' : 'allow'],
  }));
  const filter = filterPolicy(await buildPolicy(model, rules), ['alice', undefined]);
  expect(JSON.stringify(filter).split('"and"').length - 1).toBeLessThan(3);
});

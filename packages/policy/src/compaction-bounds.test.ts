import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../test/harness/random.js';
import {
  buildPolicy,
  changePolicy,
  compactPolicy,
  type Policy,
  type PolicyChange,
  PolicyError,
  type PolicyLine,
  readModel,
} from './index.js';

/* What a policy holds after many changes, counted: nothing grows but with what is in it. */

const modelOf = (p: string, matcher: string) =>
  readModel(`[request_definition]
r = sub, obj, act
[policy_definition]
p = ${p}
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = ${matcher}
`);

const patterns = modelOf('sub, obj, act', 'g(r.sub, p.sub, "all") && regexMatch(r.obj, p.obj) && r.act == p.act');
const conditions = modelOf('sub_rule, obj', 'eval(p.sub_rule) && r.obj == p.obj');

const rule = (number: number): PolicyLine => ({
  key: 'p',
  values: [`role${number % 50}`, `^/item/${number}/[a-z]+$`, 'read'],
});
/** In a domain of its own, every other one. */
const link = (number: number): PolicyLine => ({
  key: 'g',
  values: [`user${number}`, `role${number % 50}`, number % 2 === 0 ? 'all' : `domain${number}`],
});

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

const heldBy = ({ parts: { segments, graphs, compiled } }: Policy) => ({
  segments: segments.length,
  removed: segments.reduce((sum, { removed }) => sum + removed, 0),
  changedRoles: graphs.reduce((sum, { changes }) => sum + changes, 0),
  texts: compiled.compiler.texts.size,
});

describe('a policy that is changed 20,000 times, and compacted when it is due', () => {
  // As a server does it: it goes on with changes while a compaction is under way.
  test('holds no more than its rules and links ask for, at any time', { timeout: 60_000 }, async () => {
    const size = 3_000;
    const random = createRandom(7);
    const rules = new Set(numbers(size));
    const links = new Set(numbers(size));
    let current = await buildPolicy(patterns, [...numbers(size).map(rule), ...numbers(size).map(link)]);
    const fresh = heldBy(current);
    let next = size;
    let since: PolicyChange[] | undefined;
    const change = () => {
      const [lines, lineOf] = random(2) === 0 ? [rules, rule] : [links, link];
      // What was there from the first goes too: with the time, everything is replaced.
      const isOld = random(2) === 0;
      const old = [...lines][random(Math.min(lines.size, 400))] ?? 0;
      const number = isOld ? old : next++;
      if (isOld) lines.delete(number);
      else lines.add(number);
      const one = { [isOld ? 'remove' : 'add']: [lineOf(number)] };
      current = changePolicy(current, one);
      since?.push(one);
    };
    const most = { ...fresh };
    let compactions = 0;
    for (let count = 0; count < 20_000; count += 1) {
      change();
      for (const [name, held] of Object.entries(heldBy(current))) {
        most[name as keyof typeof most] = Math.max(most[name as keyof typeof most], held);
      }
      if (!current.isFragmented) continue;
      since = [];
      const compacted = compactPolicy(current);
      for (let meanwhile = 0; meanwhile < 20; meanwhile += 1, count += 1) change();
      current = since.reduce(changePolicy, await compacted);
      since = undefined;
      compactions += 1;
      if (compactions % 10 === 0) await compareWithFresh(current, { rules, links });
    }
    expect(compactions).toBeGreaterThan(20);
    expect(rules.has(0) || links.has(0)).toBe(false);
    // An eighth of what there is, and the changes that came while that was written anew.
    const eighth = size / 8 + 100;
    expect(most.segments).toBeGreaterThan(2);
    expect(most.segments).toBeLessThanOrEqual(6);
    expect(most.removed).toBeLessThanOrEqual(2 * eighth);
    expect(most.changedRoles).toBeLessThanOrEqual(eighth);
    expect(most.texts).toBeLessThanOrEqual(2 * (size + 500));
    await compareWithFresh(current, { rules, links });
  });

  async function compareWithFresh(policy: Policy, lines: { rules: ReadonlySet<number>; links: ReadonlySet<number> }) {
    const fresh = await buildPolicy(patterns, [...[...lines.rules].map(rule), ...[...lines.links].map(link)]);
    expect([policy.size, policy.linkCount]).toEqual([fresh.size, fresh.linkCount]);
    expect([...policy.rules()].map(({ values }) => values)).toEqual([...fresh.rules()].map(({ values }) => values));
    const ofLinks = (one: Policy) => [...one.links()].map((link) => JSON.stringify(link)).toSorted();
    expect(ofLinks(policy)).toEqual(ofLinks(fresh));
    for (const number of [...lines.links].slice(0, 500)) {
      const request = [`user${number}`, `/item/${number}/x`, 'read'];
      expect([request, policy.decide(request).effect]).toEqual([request, fresh.decide(request).effect]);
    }
  }

  test('is not fragmented by a rule or a link that comes and goes', async () => {
    let policy = await buildPolicy(patterns, [...numbers(300).map(rule), ...numbers(300).map(link)]);
    for (let count = 0; count < 20_000; count += 1) {
      policy = changePolicy(policy, { add: [rule(1_000), link(1_000)] });
      policy = changePolicy(policy, { remove: [rule(1_000), link(1_000)] });
    }
    expect(policy.isFragmented).toBe(false);
    expect(heldBy(policy)).toMatchObject({ segments: 1, removed: 0, changedRoles: 1 });
  });
});

describe('what is worth a compaction', () => {
  const filled = (count: number) => buildPolicy(patterns, [...numbers(count).map(rule), ...numbers(count).map(link)]);

  test.each([
    ['rules removed', 4_000, (from: number) => ({ remove: numbers(500).map((one) => rule(from - 500 + one)) })],
    ['rules added', 4_000, (from: number) => ({ add: numbers(500).map((one) => rule(from + one)) })],
    ['links removed', 4_000, (from: number) => ({ remove: numbers(500).map((one) => link(from - 500 + one)) })],
    ['links added', 4_000, (from: number) => ({ add: numbers(600).map((one) => link(from + one)) })],
  ])('is an eighth of them: %s', async (_what, size, changeFrom) => {
    const policy = await filled(size);
    expect(policy.isFragmented).toBe(false);
    expect(await compactPolicy(policy)).toBe(policy);
    const few = changePolicy(policy, { remove: [rule(1), link(1)], add: [rule(9_000), link(9_000)] });
    expect(few.isFragmented).toBe(false);
    expect(await compactPolicy(few)).toBe(few);
    const changed = changePolicy(policy, changeFrom(size));
    expect(changed.isFragmented).toBe(true);
    const compacted = await compactPolicy(changed);
    expect(heldBy(compacted)).toMatchObject({ segments: 1, removed: 0, changedRoles: 0 });
    expect([compacted.size, compacted.linkCount]).toEqual([changed.size, changed.linkCount]);
    // Whoever keeps the policy from before goes on with it.
    expect(changed.isFragmented).toBe(true);
    expect(policy.size).toBe(size);
  });

  test('is everything gone', async () => {
    const policy = await filled(300);
    const emptied = changePolicy(policy, { remove: [...numbers(300).map(rule), ...numbers(300).map(link)] });
    expect([emptied.size, emptied.parts.segments.length]).toEqual([0, 0]);
    const compacted = await compactPolicy(emptied);
    expect([...compacted.rules(), ...compacted.links()]).toEqual([]);
    expect(changePolicy(compacted, { add: [rule(1)] }).size).toBe(1);
  });

  test('is written anew from the first rule on only where the first rules changed', async () => {
    const policy = await filled(4_000);
    const changed = changePolicy(changePolicy(policy, { add: numbers(200).map((one) => rule(4_000 + one)) }), {
      add: numbers(256).map((one) => rule(5_000 + one)),
    });
    const [base] = changed.parts.segments;
    const compacted = await compactPolicy(changed);
    expect(changed.parts.segments.map(({ size }) => size)).toEqual([4_000, 200, 256]);
    expect(compacted.parts.segments.map(({ size }) => size)).toEqual([4_000, 456]);
    expect(compacted.parts.segments[0]).toBe(base);
    expect(compacted.parts.compiled).toBe(policy.parts.compiled);
  });
});

describe('texts that were read', () => {
  test('of rules that are long gone, or that were refused, are forgotten', async () => {
    let policy = await buildPolicy(patterns, numbers(10).map(rule));
    for (const number of numbers(3_000)) {
      const [one, bad] = [rule(1_000 + number), { key: 'p', values: ['a', `(${number}`, 'read'] }];
      policy = changePolicy(policy, { add: [one] });
      policy = changePolicy(policy, { remove: [one] });
      expect(() => changePolicy(policy, { add: [bad] })).toThrow(PolicyError);
    }
    expect(heldBy(policy).texts).toBeLessThanOrEqual(512);
    expect(policy.isFragmented).toBe(false);
  });

  test('are those of the rules that are left, after everything was written anew', async () => {
    const size = 6_000;
    const policy = await buildPolicy(patterns, numbers(size).map(rule));
    const changed = changePolicy(policy, { remove: numbers(1_500).map(rule) });
    expect(heldBy(changed).texts).toBe(size);
    const compacted = await compactPolicy(changed);
    expect(heldBy(compacted).texts).toBe(4_500);
    const asked = [5_951, 451].map((one) => compacted.decide(['role1', `/item/${one}/x`, 'read']).effect);
    expect(asked).toEqual(['allow', 'deny']);
  });

  test('are those of the conditions that are left, which are read before anybody asks', async () => {
    const line = (number: number): PolicyLine => ({ key: 'p', values: [`r.act == "act${number}"`, 'data'] });
    const policy = await buildPolicy(conditions, numbers(2_000).map(line));
    const compacted = await compactPolicy(changePolicy(policy, { remove: numbers(500).map(line) }));
    expect(heldBy(compacted).texts).toBe(1_500);
    const asked = ['act1999', 'act499'].map((action) => compacted.decide(['somebody', 'data', action]).effect);
    expect(asked).toEqual(['allow', 'deny']);
  });

  test('as conditions keep no places for the names that they ask for', async () => {
    let policy = await buildPolicy(conditions, [{ key: 'p', values: ['r.sub == "nobody"', 'data'] }]);
    const condition = (number: number): PolicyLine => ({
      key: 'p',
      values: [`g("user${number}", r.act, "all")`, 'data'],
    });
    policy = changePolicy(policy, { add: [{ key: 'g', values: ['user2500', 'reader', 'all'] }] });
    for (const number of numbers(3_000)) {
      policy = changePolicy(policy, { add: [condition(number)] });
      const asked = policy.decide(['somebody', 'data', 'reader']);
      expect([number, asked.effect]).toEqual([number, number === 2_500 ? 'allow' : 'deny']);
      policy = changePolicy(policy, { remove: [condition(number)] });
    }
    const { compiled, graphs } = policy.parts;
    const names: ReadonlySet<string>[] = [];
    for (const number of numbers(3_000)) {
      const { values } = condition(number);
      compiled.matches({ request: ['somebody', 'data', 'reader'], graphs, names, rule: values });
    }
    expect(names.length).toBeLessThanOrEqual(64);
    expect(heldBy(policy).texts).toBeLessThanOrEqual(512);
  });
});
